/*
 * panel_detail.c - the lines above the key bar: the text being typed, a message, or details of the
 * selection.
 */
#include "screen.h"

#include <stdio.h>

static void draw_prompt(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    char label[256];
    if (frame->overlay == OVERLAY_FILTER)
        snprintf(label, sizeof label, "Only variants with: ");
    else
        snprintf(label, sizeof label, "%s (%s%s): ", knob_table[frame->knob].name,
                 frame->source->recorded ? "recorded: " : "", frame->accepted);
    int column = draw_text(screen->theme, area, 0, 1, ROLE_STRONG, label);
    column = draw_text(screen->theme, area, 0, column, ROLE_TEXT, frame->line);
    draw_text(screen->theme, area, 0, column, ROLE_CURSOR, " ");
}

/* Draws the knob's recorded values. Those recorded only with other settings of the other knobs are
 * dim. */
static void draw_values(const struct screen *screen, struct rectangle area, int column)
{
    const struct frame *frame = screen->frame;
    const enum knob_id id = frame->knob;
    const struct points_value *values = frame->values;
    const size_t count = frame->value_count;
    const size_t fit = area.columns > column ? (size_t)(area.columns - column) / 8 : 0;
    size_t present = 0;
    while (present < count && values[present].value < frame->present->value[id])
        present++;
    for (size_t i = present > fit / 2 && count > fit ? present - fit / 2 : 0; i < count; i++) {
        char word[32];
        bool is_present = values[i].value == frame->present->value[id];
        knob_text(id, values[i].value, word, sizeof word);
        column = draw_format(screen->theme, area, 0, column + 1,
                             !values[i].here ? ROLE_DIM
                             : is_present    ? ROLE_STRONG
                                             : ROLE_TEXT,
                             "%s%s", is_present ? screen->theme->glyphs->cursor : "", word);
    }
}

/* Draws a recording's knob: its values, and its help below them. */
static void draw_recorded_knob(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct knob_info *knob = &knob_table[frame->knob];
    const bool read = frame->knobs[frame->knob].read;
    const struct row row = frame->current.row;
    int column = draw_format(screen->theme, area, 0, 0, ROLE_TEXT, "%s%s%s recorded at", knob->name,
                             *knob->unit ? " in " : "", knob->unit);
    draw_values(screen, area, column);
    if (area.rows < 2)
        return;
    struct rectangle below = layout_rows(area, 1, area.rows - 1);
    char text[320];
    snprintf(text, sizeof text, "%s%s%s", knob->help, read ? "" : " Not read by ",
             read ? "" : row.name);
    draw_field(screen->theme, below, 0, 0, below.columns, ROLE_TEXT, text);
}

static void draw_knob(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct knob_info *knob = &knob_table[frame->knob];
    char text[640], value[40];
    knob_text(frame->knob, frame->knobs[frame->knob].asked, value, sizeof value);
    const char *dot = screen->theme->glyphs->dot;
    const struct row row = frame->current.row;
    bool read = frame->knobs[frame->knob].read;
    snprintf(text, sizeof text, "%s %s (%s) %s takes %s%s%s %s %s%s%s", knob->name, value,
             frame->knobs[frame->knob].source, dot, frame->accepted, *knob->unit ? " " : "",
             knob->unit, dot, knob->help, read ? "" : " Not read by ", read ? "" : row.name);
    draw_wrapped(screen->theme, area, 0, ROLE_TEXT, text);
}

static void draw_variant(const struct screen *screen, struct rectangle area)
{
    const struct row row = screen->frame->current.row;
    const char *reason = row_reason(&row);
    char text[768];
    if (!row.name)
        return;
    if (*reason)
        snprintf(text, sizeof text, "%s: %s", row.name, reason);
    else if (screen->frame->current.unlike)
        snprintf(text, sizeof text, "%s: a different workload, so it has no ratio: %s", row.name,
                 screen->frame->differs_now);
    else if (screen->frame->source->recorded && !row.run)
        snprintf(text, sizeof text, "%s: not recorded at these knobs; Enter goes to the nearest",
                 row.name);
    else if (!row.known)
        snprintf(text, sizeof text, "%s: recorded; this build lacks it", row.name);
    else if (screen->frame->layout->lesson.rows == 0)
        snprintf(text, sizeof text, "%s: %s", row.name, row.known->why);
    else
        snprintf(text, sizeof text, "%s: %s %s rung %d of %s%s%s", row.name, row.known->title,
                 screen->theme->glyphs->dot, row.known->rung, row.known->target,
                 row.known->after ? ", after " : ", the baseline",
                 row.known->after ? row.known->after : "");
    draw_wrapped(screen->theme, area, 0, *reason ? ROLE_BAD : ROLE_TEXT, text);
}

/* Describes the set-up's row under the cursor, or says which key it waits for. */
static void draw_setup(const struct screen *screen, struct rectangle area)
{
    struct setup_row row;
    char text[256];
    setup_screen_row(screen->frame->setup, screen->frame->cursor, &row);
    if (screen->frame->setup->captures)
        snprintf(text, sizeof text, "Press the new key for: %s (now %s). Esc: none", row.name,
                 row.value);
    else if (row.is_key)
        snprintf(text, sizeof text,
                 "Press Enter, then the new key; Backspace restores the default");
    else
        snprintf(text, sizeof text, "%s", row.help);
    draw_wrapped(screen->theme, area, 0, ROLE_TEXT, text);
}

/* Describes the palette's entry under the cursor, or says why nothing is found. */
static void draw_palette(const struct screen *screen, struct rectangle area)
{
    const struct command_palette *palette = screen->frame->palette;
    const struct palette_entry *entry = palette_chosen(palette);
    draw_wrapped(screen->theme, area, 0, entry ? ROLE_TEXT : ROLE_BAD,
                 !entry                         ? palette->hint
                 : entry->kind == PALETTE_VALUE ? knob_table[entry->id].help
                                                : entry->title);
}

void panel_detail_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    struct rectangle inset = layout_columns(area, 1, area.columns - 2);
    const struct snapshot *snapshot = frame->source->snapshot;
    if (frame->mode == MODE_TEXT)
        draw_prompt(screen, area);
    else if (frame->overlay == OVERLAY_PALETTE && !frame->message[0])
        draw_palette(screen, inset);
    else if (frame->message[0])
        draw_wrapped(screen->theme, inset, 0, frame->message_bad ? ROLE_BAD : ROLE_STRONG,
                     frame->message);
    else if (frame->mode == MODE_LIST && frame->item_count > 0)
        draw_wrapped(screen->theme, inset, 0, ROLE_TEXT, frame->items[frame->cursor].detail);
    else if (frame->overlay == OVERLAY_SETUP)
        draw_setup(screen, inset);
    else if (frame->source->worker && snapshot->state == WORKER_FAILED)
        draw_wrapped(screen->theme, inset, 0, ROLE_BAD, snapshot->error.text);
    else if (frame->focus == FOCUS_KNOBS && frame->source->recorded)
        draw_recorded_knob(screen, inset);
    else if (frame->focus == FOCUS_KNOBS)
        draw_knob(screen, inset);
    else
        draw_variant(screen, inset);
}
