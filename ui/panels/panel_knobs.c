/*
 * panel_knobs.c - the knobs: name, value, where the value came from. One that the selected variant
 * does not read stands in parentheses. Of a recording, one that varies says instead which of its
 * recorded values this is, with an arrow where there is another on that side; the rest are dim.
 */
#include "screen.h"

#include "../../src/base/text.h"

#include <stdio.h>
#include <string.h>

#define SOURCE_COLUMNS 11 /* "environment" */
#define NAME_COLUMNS   16 /* "(PREFILL_CHUNKS)" */

/* "32"; of an `auto` also what it resolved to: "auto=20,000". */
static void format_value(const struct frame *frame, enum knob_id id, char *text, size_t size)
{
    char word[32];
    const int64_t asked = frame->knobs[id].asked, used = frame->knobs[id].used;
    knob_format(id, asked, word, sizeof word);
    if (used == asked) {
        if (knob_table[id].kind == KNOB_INT && asked != KNOB_AUTO && asked != KNOB_UNKNOWN)
            text_integer(word, sizeof word, asked);
        snprintf(text, size, "%s", word);
        return;
    }
    char resolved[32];
    knob_format(id, used, resolved, sizeof resolved);
    if (knob_table[id].kind == KNOB_INT)
        text_integer(resolved, sizeof resolved, used);
    snprintf(text, size, "%s=%s", word, resolved);
}

/* "← 2 of 5 →": the place among the values recorded for the selected variant, and where others are
 * that were recorded with the other knobs as they are. `brief`: the arrows alone. */
static void format_place(const struct screen *screen, enum knob_id id, bool brief, char *text,
                         size_t size)
{
    const struct frame *frame = screen->frame;
    const char *const *arrows = screen->theme->glyphs->arrows;
    const struct frame_knob *knob = &frame->knobs[id];
    const char *less = knob->less ? arrows[2] : " ", *more = knob->more ? arrows[3] : " ";
    char at[24] = "-";
    if (knob->place > 0)
        snprintf(at, sizeof at, "%zu", knob->place);
    const char *blank =
        knob->places < 10 ? " " : ""; /* so that "16 of 16" leaves room for the arrows */
    if (brief)
        snprintf(text, size, "%s%s", less, more);
    else
        snprintf(text, size, "%s%s%s of %zu%s%s", less, blank, at, knob->places, blank, more);
}

static void draw_knob(const struct screen *screen, struct rectangle area, int at, enum knob_id id)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    bool read = frame->knobs[id].read, varies = frame->knobs[id].varies;
    bool recorded = frame->source->recorded;
    bool selected = id == frame->knob;
    bool with_source = area.columns >= 2 + NAME_COLUMNS + 10 + 1 + SOURCE_COLUMNS;
    const int source_columns = with_source                                 ? SOURCE_COLUMNS + 2
                               : recorded && frame->source->points.varying ? 3
                                                                           : 0;
    int value_end = area.columns - source_columns;
    char name[40], value[72];
    snprintf(name, sizeof name, read ? "%s" : "(%s)", knob_table[id].name);
    format_value(frame, id, value, sizeof value);
    draw_text(theme, area, at, 0, ROLE_FOCUS, selected ? theme->glyphs->cursor : " ");
    int column =
        draw_field(theme, area, at, 2, NAME_COLUMNS, read && varies ? ROLE_TEXT : ROLE_DIM, name);
    draw_right(theme, area, at, column, value_end - column, read && varies ? ROLE_STRONG : ROLE_DIM,
               value);
    char source[64] = "";
    if (recorded && varies)
        format_place(screen, id, !with_source, source, sizeof source);
    else if (with_source)
        snprintf(source, sizeof source, "%s", frame->knobs[id].source);
    draw_right(theme, area, at, value_end, source_columns,
               recorded && varies ? ROLE_TEXT : ROLE_DIM, source);
    if (selected && frame->focus == FOCUS_KNOBS && frame->overlay == OVERLAY_NONE)
        draw_over(theme, area, at, ROLE_CURSOR);
}

void panel_knobs_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    struct rectangle inside =
        draw_frame(screen->theme, area, "Knobs", frame->source->mark, frame->focus == FOCUS_KNOBS);
    int first = layout_scroll((int)frame->knob, KNOB_COUNT, inside.rows);
    for (int row = 0; row < inside.rows && first + row < KNOB_COUNT; row++)
        draw_knob(screen, inside, row, (enum knob_id)(first + row));
    if (first + inside.rows < KNOB_COUNT)
        draw_right(screen->theme, area, area.rows - 1, 1, 2, ROLE_FRAME,
                   screen->theme->glyphs->more);
}
