/*
 * panel_swept.c - sentences below the plot of a sweep (sweep_words.h): the best of each variant,
 * the values at the cursor, crossovers, why points are missing and, in a recording in which other
 * knobs vary too, the best setting of those knobs at each value.
 */
#include "../model/sweep_words.h"
#include "screen.h"

#include <stdio.h>

#define OTHERS_LEFT 11 /* column of the sentences on other knobs, after the value */

struct panel {
    const struct screen *screen;
    const struct swept *swept;
    struct rectangle area;
    int at;
    bool counts;        /* count all rows, and draw nothing */
    struct names names; /* the series' names, shortened */
};

static int put(const struct panel *panel, int column, enum role role, const char *text)
{
    return panel->counts
               ? column + draw_columns(text)
               : draw_text(panel->screen->theme, panel->area, panel->at, column, role, text);
}

static bool is_full(const struct panel *panel)
{
    return !panel->counts && panel->at >= panel->area.rows;
}

/* The remaining rows, from a column on. */
static struct rectangle rest_of(const struct panel *panel, int column)
{
    const struct rectangle area = panel->area;
    return layout_columns(layout_rows(area, panel->at, area.rows - panel->at), column,
                          area.columns - column);
}

/* Draws a sentence, wrapped, from a column on; or only counts its rows. */
static void add_words(struct panel *panel, int column, enum role role, const char *text)
{
    if (panel->counts && *text)
        panel->at += draw_wrapped_rows(panel->area.columns - column, text);
    else if (!is_full(panel) && *text)
        panel->at += draw_wrapped(panel->screen->theme, rest_of(panel, column), 0, role, text);
}

/* Adds "A cpu_persistent best by time at BATCH 8: 12.3 us". */
static void add_best(struct panel *panel, uint32_t index)
{
    const char sign[2] = {sweep_letter(panel->swept, index), '\0'};
    char text[SWEEP_WORDS_ROOM];
    if (is_full(panel))
        return;
    int column = put(panel, 0, screen_letter_role(sign[0] - 'A'), sign);
    column = put(panel, column + 1, ROLE_TEXT, panel->names.texts[index]) + 2;
    sweep_words_best(panel->swept, index, text);
    if (*text)
        add_words(panel, column, ROLE_STRONG, text);
    else
        panel->at++;
}

/* Adds "A not measured at BATCH 16: " and the reason, if points are missing. */
static void add_missing(struct panel *panel, uint32_t index)
{
    const char sign[2] = {sweep_letter(panel->swept, index), '\0'};
    char text[SWEEP_WORDS_ROOM];
    sweep_words_missing(panel->swept, index, text);
    if (!*text || is_full(panel))
        return;
    put(panel, 0, screen_letter_role(sign[0] - 'A'), sign);
    add_words(panel, 2, ROLE_TEXT, text);
}

/* ---- other knobs ---------------------------------------------------------------------------- */

static int rows_of_other(const struct panel *panel, uint32_t index)
{
    const struct sweep_others *others = &panel->screen->frame->others;
    char text[SWEEP_WORDS_ROOM];
    sweep_words_other(panel->swept, others, &others->rows[index], text);
    return draw_wrapped_rows(panel->area.columns - OTHERS_LEFT, text);
}

/* The first row to draw. Then the cursor's row, the next row, and as many rows before them as fit
 * are visible. */
static uint32_t first_other(const struct panel *panel, uint32_t cursor, int room)
{
    const uint32_t count = panel->screen->frame->others.count;
    uint32_t first = cursor;
    room -= rows_of_other(panel, cursor);
    if (cursor + 1 < count)
        room -= rows_of_other(panel, cursor + 1);
    while (first > 0 && room >= rows_of_other(panel, first - 1))
        room -= rows_of_other(panel, --first);
    return first;
}

static void add_other(struct panel *panel, uint32_t index, bool present)
{
    const struct theme *theme = panel->screen->theme;
    const struct sweep_others *others = &panel->screen->frame->others;
    char text[SWEEP_WORDS_ROOM], value[32];
    sweep_words_other(panel->swept, others, &others->rows[index], text);
    knob_text(panel->swept->knob, others->rows[index].value, value, sizeof value);
    put(panel, 0, ROLE_FOCUS, present ? theme->glyphs->cursor : " ");
    if (!panel->counts)
        draw_right(theme, panel->area, panel->at, 1, 8, ROLE_STRONG, value);
    add_words(panel, OTHERS_LEFT, present ? ROLE_STRONG : ROLE_TEXT, text);
}

/* Adds the best setting of the other knobs at each value or, if room is short, at the values around
 * the current one. */
static void add_others(struct panel *panel)
{
    const struct swept *swept = panel->swept;
    const struct sweep_others *others = &panel->screen->frame->others;
    char head[96];
    if (is_full(panel) || !panel->screen->frame->has_others)
        return;
    uint32_t cursor = 0;
    for (uint32_t i = 0; i < others->count; i++)
        if (others->rows[i].value == swept->present)
            cursor = i;
    if (panel->counts || panel->area.rows - panel->at > 1) {
        snprintf(head, sizeof head, "best of the other knobs at each %s",
                 knob_table[swept->knob].name);
        add_words(panel, 0, ROLE_DIM, head);
    }
    const int room = panel->area.rows - panel->at;
    for (uint32_t i = panel->counts ? 0 : first_other(panel, cursor, room);
         i < others->count && !is_full(panel); i++)
        add_other(panel, i, i == cursor);
}

static void add_all(struct panel *panel)
{
    const struct swept *swept = panel->swept;
    char text[SWEEP_WORDS_ROOM];
    panel->at = 0;
    for (uint32_t i = 0; i < swept->series_count; i++)
        add_best(panel, i);
    sweep_words_cursor(swept, swept->present, text);
    add_words(panel, 0, ROLE_TEXT, text);
    sweep_words_crossovers(swept, text);
    add_words(panel, 0, ROLE_STRONG, text);
    for (uint32_t i = 0; i < swept->series_count; i++)
        add_missing(panel, i);
    if (sweep_has_points(swept)) /* otherwise the advice in the plot says it */
        add_words(panel, 0, ROLE_DIM, swept->left_out);
    add_others(panel);
}

/* The number of rows that all sentences need in the width of `inside`. */
static int count_rows(struct panel *panel, struct rectangle inside)
{
    panel->area = inside;
    panel->counts = true;
    add_all(panel);
    panel->counts = false;
    return panel->at;
}

static void begin(struct panel *panel, const struct screen *screen, int columns)
{
    const struct swept *swept = &screen->frame->swept;
    const char *list[EXPLORER_TAGS];
    *panel = (struct panel){.screen = screen, .swept = swept};
    for (uint32_t i = 0; i < swept->series_count; i++)
        list[i] = swept->series[i].name;
    names_shorten(&panel->names, list, swept->series_count, columns * 2 / 5,
                  screen->theme->glyphs->more);
}

int panel_swept_rows(const struct screen *screen, int columns)
{
    struct panel panel;
    begin(&panel, screen, columns - 2);
    return 2 + count_rows(&panel, (struct rectangle){.rows = 1, .columns = columns - 2});
}

void panel_swept_draw(const struct screen *screen, struct rectangle area)
{
    const struct swept *swept = &screen->frame->swept;
    struct panel panel;
    char title[64], note[48] = "";
    snprintf(title, sizeof title, "In words %s %s: by %s", screen->theme->glyphs->dot,
             action_key(ACTION_METRIC), swept->by_rate ? "time" : "tokens/s");
    const struct rectangle inside = draw_frame(screen->theme, area, title, "", false);
    begin(&panel, screen, inside.columns);
    const int rest = count_rows(&panel, inside) - inside.rows;
    if (rest > 0) {
        snprintf(note, sizeof note, "%d more row%s%s%s", rest, rest == 1 ? "" : "s",
                 screen->frame->full ? "" : ": ",
                 screen->frame->full ? "" : action_key(ACTION_FULL));
        draw_frame(screen->theme, area, title, note, false);
    }
    add_all(&panel);
}
