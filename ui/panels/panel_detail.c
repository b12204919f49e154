/*
 * panel_detail.c - the lines above the footer: what is being typed, a message, or more about what
 * is selected.
 */
#include "screen.h"

#include "../../src/base/text.h"

#include <stdio.h>
#include <string.h>

static void draw_prompt(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    char label[256];
    if (explorer->overlay == OVERLAY_FILTER) {
        snprintf(label, sizeof label, "Only variants with: ");
    } else {
        char accepted[160];
        if (explorer->source.recorded)
            explorer_values_text(explorer, explorer->knob, accepted, sizeof accepted);
        else
            knob_accepts(explorer->knob, accepted, sizeof accepted);
        snprintf(label, sizeof label, "%s (%s%s): ", knob_table[explorer->knob].name,
                 explorer->source.recorded ? "recorded: " : "", accepted);
    }
    int column = draw_text(screen->theme, area, 0, 1, ROLE_STRONG, label);
    column = draw_text(screen->theme, area, 0, column, ROLE_TEXT, explorer->line);
    draw_text(screen->theme, area, 0, column, ROLE_CURSOR, " ");
}

/* The values that a recording has of the knob, from where the present one can be seen: dim those
 * that it has only with other knobs than these. */
static void draw_values(const struct screen *screen, struct rectangle area, int column)
{
    const struct explorer *explorer = screen->explorer;
    const enum knob_id id = explorer->knob;
    struct points_value values[POINTS_VALUES];
    const size_t count = explorer_values(explorer, id, values, POINTS_VALUES);
    const size_t fit = area.columns > column ? (size_t)(area.columns - column) / 8 : 0;
    size_t present = 0;
    while (present < count && values[present].value < explorer->point.value[id])
        present++;
    for (size_t i = present > fit / 2 && count > fit ? present - fit / 2 : 0; i < count; i++) {
        char word[32], text[40];
        bool is_present = values[i].value == explorer->point.value[id];
        knob_format(id, values[i].value, word, sizeof word);
        snprintf(text, sizeof text, is_present ? "[%s]" : "%s", word);
        column = draw_text(screen->theme, area, 0, column + 1,
                           !values[i].here ? ROLE_DIM
                           : is_present    ? ROLE_STRONG
                                           : ROLE_TEXT,
                           text);
    }
}

/* A knob of a recording: its values, and below what it is. */
static void draw_recorded_knob(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    const struct knob_info *knob = &knob_table[explorer->knob];
    const bool read = explorer_reads(explorer, explorer->knob);
    struct row row = explorer_selected(explorer);
    int column = draw_format(screen->theme, area, 0, 0, ROLE_TEXT, "%s%s%s recorded at", knob->name,
                             *knob->unit ? " in " : "", knob->unit);
    draw_values(screen, area, column);
    if (area.rows < 2)
        return;
    struct rectangle below = {area.row + 1, area.column, area.rows - 1, area.columns};
    char text[320];
    snprintf(text, sizeof text, "%s%s%s", knob->help, read ? "" : " Not read by ",
             read ? "" : row.name);
    draw_field(screen->theme, below, 0, 0, below.columns, ROLE_TEXT, text);
}

static void draw_knob(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    const struct knob_info *knob = &knob_table[explorer->knob];
    char accepted[160], text[640], value[40];
    int64_t asked, used;
    knob_accepts(explorer->knob, accepted, sizeof accepted);
    explorer_knob(explorer, explorer->knob, &asked, &used);
    knob_format(explorer->knob, asked, value, sizeof value);
    const char *dot = screen->theme->glyphs->dot;
    struct row row = explorer_selected(explorer);
    bool read = explorer_reads(explorer, explorer->knob);
    snprintf(text, sizeof text, "%s %s (%s) %s takes %s%s%s %s %s%s%s", knob->name, value,
             explorer_knob_source(explorer, explorer->knob), dot, accepted, *knob->unit ? " " : "",
             knob->unit, dot, knob->help, read ? "" : " Not read by ", read ? "" : row.name);
    draw_wrapped(screen->theme, area, 0, ROLE_TEXT, text);
}

static void draw_variant(const struct screen *screen, struct rectangle area)
{
    struct row row = explorer_selected(screen->explorer);
    const char *reason = explorer_reason(&row);
    char text[768], unlike[256];
    if (!row.name)
        return;
    if (*reason)
        snprintf(text, sizeof text, "%s: %s", row.name, reason);
    else if (explorer_unlike(screen->explorer, &row, true, unlike, sizeof unlike))
        snprintf(text, sizeof text, "%s: unlike the present workload, so it has no ratio: %s",
                 row.name, unlike);
    else if (screen->explorer->source.recorded && !row.run)
        snprintf(text, sizeof text, "%s: not recorded at these knobs; Enter goes to the nearest",
                 row.name);
    else if (!row.known)
        snprintf(text, sizeof text, "%s: recorded; this build lacks it", row.name);
    else if (screen->explorer->layout.lesson.rows == 0)
        snprintf(text, sizeof text, "%s: %s", row.name, row.known->why);
    else
        snprintf(text, sizeof text, "%s: %s %s rung %d of %s%s%s", row.name, row.known->title,
                 screen->theme->glyphs->dot, row.known->rung, row.known->target,
                 row.known->after ? ", after " : ", the baseline",
                 row.known->after ? row.known->after : "");
    draw_wrapped(screen->theme, area, 0, *reason ? ROLE_BAD : ROLE_TEXT, text);
}

/* What the row of the set-up under the cursor is, or which key is waited for. */
static void draw_setup(const struct screen *screen, struct rectangle area)
{
    struct setup_row row;
    char text[256];
    explorer_setup_row(screen->explorer, screen->explorer->cursor, &row);
    if (screen->explorer->setup.captures)
        snprintf(text, sizeof text, "Press the new key for: %s (now %s). Esc: none", row.name,
                 row.value);
    else if (row.is_key)
        snprintf(text, sizeof text,
                 "Enter, then another key for it; Backspace brings its own back");
    else
        snprintf(text, sizeof text, "%s", row.help);
    draw_wrapped(screen->theme, area, 0, ROLE_TEXT, text);
}

void panel_detail_draw(const struct screen *screen, struct rectangle area)
{
    const struct explorer *explorer = screen->explorer;
    struct rectangle inset = {area.row, area.column + 1, area.rows, area.columns - 2};
    const struct snapshot *snapshot = explorer->source.snapshot;
    if (explorer_mode(explorer) == MODE_TEXT)
        draw_prompt(screen, area);
    else if (explorer->message[0])
        draw_wrapped(screen->theme, inset, 0, explorer->message_bad ? ROLE_BAD : ROLE_STRONG,
                     explorer->message);
    else if (explorer_mode(explorer) == MODE_LIST && explorer->item_count > 0)
        draw_wrapped(screen->theme, inset, 0, ROLE_TEXT, explorer->items[explorer->cursor].detail);
    else if (explorer->overlay == OVERLAY_SETUP)
        draw_setup(screen, inset);
    else if (explorer->source.worker && snapshot->state == WORKER_FAILED)
        draw_wrapped(screen->theme, inset, 0, ROLE_BAD, snapshot->error.text);
    else if (explorer->focus == FOCUS_KNOBS && explorer->source.recorded)
        draw_recorded_knob(screen, inset);
    else if (explorer->focus == FOCUS_KNOBS)
        draw_knob(screen, inset);
    else
        draw_variant(screen, inset);
}
