/*
 * panel_knobs.c - the knobs: name, value, and where the value came from. A knob that the selected
 * variant does not read is dim and says so; knobs that no variant of the list reads are folded
 * into one row. In a recording, a knob that varies shows its position among the recorded values,
 * with an arrow towards each neighbour; the other knobs are dim.
 */
#include "screen.h"

#include <stdio.h>

#define SOURCE_COLUMNS 11 /* width of "environment" */

/* Writes "32" or, with the value that `auto` resolved to, "auto=20,000". */
static void format_value(const struct frame *frame, enum knob_id id, char *text, size_t size)
{
    char word[32], resolved[32];
    const int64_t asked = frame->knobs[id].asked, used = frame->knobs[id].used;
    knob_text(id, asked, word, sizeof word);
    knob_text(id, used, resolved, sizeof resolved);
    snprintf(text, size, used == asked ? "%s" : "%s=%s", asked == 0 && used != 0 ? "auto" : word,
             resolved);
}

/* Writes "← 2 of 5 →": the position among the selected variant's recorded values. An arrow means
 * that a value on that side was recorded with the other knobs unchanged. `brief`: only the arrows.
 */
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

/* Widths of the panel's columns: names, right-aligned values, sources. A value is never cut: if
 * room is short, the sources are dropped first, then the names are shortened. */
struct columns {
    int name, value, source;
    bool brief; /* the position in a recording is shown as arrows only */
};

static struct columns choose_columns(const struct screen *screen, const struct knob_list *list,
                                     const char *const *names, int columns)
{
    const struct frame *frame = screen->frame;
    struct columns chosen = {.name = names_columns(names, (size_t)list->count, columns)};
    char value[72];
    for (int i = 0; i < list->count; i++) {
        if (list->ids[i] == KNOB_LIST_FOLD)
            continue;
        format_value(frame, list->ids[i], value, sizeof value);
        const int wide = draw_columns(value);
        chosen.value = wide > chosen.value ? wide : chosen.value;
    }
    const int left = columns - 2 - chosen.name - 1 - chosen.value;
    const bool varies = frame->source->recorded && frame->source->points.varying;
    chosen.source = left >= SOURCE_COLUMNS + 2 ? SOURCE_COLUMNS + 2 : varies ? 3 : 0;
    chosen.brief = chosen.source < SOURCE_COLUMNS;
    const int room = columns - 2 - 1 - chosen.value - chosen.source;
    chosen.name = chosen.name < room ? chosen.name : room;
    return chosen;
}

/* Writes the value's source or, in a recording, its position among the recorded values. */
static void format_source(const struct screen *screen, enum knob_id id, bool brief, char *text,
                          size_t size)
{
    const struct frame *frame = screen->frame;
    const bool recorded = frame->source->recorded;
    if (recorded && frame->knobs[id].varies)
        format_place(screen, id, brief, text, size);
    else
        snprintf(text, size, "%s",
                 brief                    ? ""
                 : !frame->knobs[id].read ? "not read"
                 : recorded               ? "" /* the header says it */
                                          : frame->knobs[id].source);
}

static void draw_knob(const struct screen *screen, struct rectangle area, int at, enum knob_id id,
                      const char *name, const struct columns *columns)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const bool varies = frame->knobs[id].varies;
    const bool in_force = varies && frame->knobs[id].read;
    const bool selected = id == frame->knob;
    const int value_end = area.columns - columns->source;
    char value[72], source[64];
    format_value(frame, id, value, sizeof value);
    format_source(screen, id, columns->brief, source, sizeof source);
    draw_text(theme, area, at, 0, ROLE_FOCUS, selected ? theme->glyphs->cursor : " ");
    const int column =
        draw_field(theme, area, at, 2, columns->name, in_force ? ROLE_TEXT : ROLE_DIM, name);
    draw_right(theme, area, at, column, value_end - column, in_force ? ROLE_STRONG : ROLE_DIM,
               value);
    draw_right(theme, area, at, value_end, columns->source,
               frame->source->recorded && varies ? ROLE_TEXT : ROLE_DIM, source);
    if (selected && frame->focus == FOCUS_KNOBS && frame->overlay == OVERLAY_NONE)
        draw_over(theme, area, at, ROLE_CURSOR);
}

void panel_knobs_draw(const struct screen *screen, struct rectangle area)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    const struct knob_list *list = &frame->knob_list;
    struct names names;
    const char *words[KNOB_COUNT + 1];
    for (int i = 0; i < list->count; i++)
        words[i] = list->ids[i] == KNOB_LIST_FOLD ? NULL : knob_table[list->ids[i]].name;
    struct rectangle inside = draw_frame(theme, area, "Knobs", "", frame->focus == FOCUS_KNOBS);
    const struct columns columns = choose_columns(screen, list, words, inside.columns);
    names_shorten(&names, words, (size_t)list->count, columns.name, theme->glyphs->more);
    const int first = layout_scroll(list->cursor, list->count, inside.rows);
    for (int row = 0; row < inside.rows && first + row < list->count; row++) {
        if (list->ids[first + row] == KNOB_LIST_FOLD)
            draw_format(theme, inside, row, 2, ROLE_DIM, "%d other%s, not read here", list->folded,
                        list->folded == 1 ? "" : "s");
        else
            draw_knob(screen, inside, row, list->ids[first + row], names.texts[first + row],
                      &columns);
    }
    if (first + inside.rows < list->count)
        draw_right(theme, area, area.rows - 1, 1, 2, ROLE_FRAME, theme->glyphs->more);
}
