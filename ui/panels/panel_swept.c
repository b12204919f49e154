/*
 * panel_swept.c - below the plot of a sweep, in words (sweep_words.h): the best of each variant,
 * the values at the cursor, where one overtakes another, why points are missing, and of a recording
 * in which other knobs vary too, the best of these at each value.
 */
#include "../model/sweep_words.h"
#include "screen.h"

#include <stdio.h>
#include <string.h>

#define OTHERS_LEFT 11 /* of the words on the other knobs: the value stands before them */

struct panel {
    const struct screen *screen;
    const struct swept *swept;
    struct rectangle area;
    int at;
    struct names names; /* of the series */
};

/* The rows that are left, from a column on. */
static struct rectangle rest_of(const struct panel *panel, int column)
{
    return (struct rectangle){panel->area.row + panel->at, panel->area.column + column,
                              panel->area.rows - panel->at, panel->area.columns - column};
}

/* Wraps a sentence from a column on. */
static void add_words(struct panel *panel, int column, enum role role, const char *text)
{
    if (panel->at < panel->area.rows && *text)
        panel->at += draw_wrapped(panel->screen->theme, rest_of(panel, column), 0, role, text);
}

/* "A cpu_persistent  best by time at BATCH 8: 12.3 us" */
static void add_best(struct panel *panel, uint32_t index)
{
    const struct theme *theme = panel->screen->theme;
    const char sign[2] = {sweep_letter(panel->swept, index), '\0'};
    char text[SWEEP_WORDS_ROOM];
    if (panel->at >= panel->area.rows)
        return;
    int column =
        draw_text(theme, panel->area, panel->at, 0, screen_letter_role(sign[0] - 'A'), sign);
    column =
        draw_text(theme, panel->area, panel->at, column + 1, ROLE_TEXT, panel->names.texts[index]) +
        2;
    sweep_words_best(panel->swept, index, text);
    if (*text)
        add_words(panel, column, ROLE_STRONG, text);
    else
        panel->at++;
}

/* "A none at BATCH 16: " and the reason. */
static void add_missing(struct panel *panel, uint32_t index)
{
    const char sign[2] = {sweep_letter(panel->swept, index), '\0'};
    char text[SWEEP_WORDS_ROOM];
    sweep_words_missing(panel->swept, index, text);
    if (!*text || panel->at >= panel->area.rows)
        return;
    draw_text(panel->screen->theme, panel->area, panel->at, 0, screen_letter_role(sign[0] - 'A'),
              sign);
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

/* The first row to draw, so that the cursor's, the next one and as many before it as possible are
 * seen. */
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
    draw_text(theme, panel->area, panel->at, 0, ROLE_FOCUS, present ? theme->glyphs->cursor : " ");
    draw_right(theme, panel->area, panel->at, 1, 8, ROLE_STRONG, value);
    add_words(panel, OTHERS_LEFT, present ? ROLE_STRONG : ROLE_TEXT, text);
}

/* The best of the other knobs, at each value or as many as there is room for, around the present
 * one. */
static void add_others(struct panel *panel)
{
    const struct swept *swept = panel->swept;
    const struct sweep_others *others = &panel->screen->frame->others;
    char head[96];
    if (panel->area.rows - panel->at < 1 || !panel->screen->frame->has_others)
        return;
    uint32_t cursor = 0;
    for (uint32_t i = 0; i < others->count; i++)
        if (others->rows[i].value == panel->screen->frame->present->value[swept->knob])
            cursor = i;
    if (panel->area.rows - panel->at > 1) {
        snprintf(head, sizeof head, "best of the other knobs at each %s",
                 knob_table[swept->knob].name);
        add_words(panel, 0, ROLE_DIM, head);
    }
    for (uint32_t i = first_other(panel, cursor, panel->area.rows - panel->at);
         i < others->count && panel->at < panel->area.rows; i++)
        add_other(panel, i, i == cursor);
}

void panel_swept_draw(const struct screen *screen, struct rectangle area)
{
    const struct swept *swept = &screen->frame->swept;
    struct panel panel = {.screen = screen, .swept = swept};
    const char *list[EXPLORER_TAGS];
    char title[64], text[SWEEP_WORDS_ROOM];
    snprintf(title, sizeof title, "In words %s %s: by %s", screen->theme->glyphs->dot,
             action_key(ACTION_METRIC), swept->by_rate ? "time" : "tokens/s");
    panel.area = draw_frame(screen->theme, area, title, "", false);
    for (uint32_t i = 0; i < swept->series_count; i++)
        list[i] = swept->series[i].name;
    names_shorten(&panel.names, list, swept->series_count, panel.area.columns * 2 / 5,
                  screen->theme->glyphs->more);
    for (uint32_t i = 0; i < swept->series_count; i++)
        add_best(&panel, i);
    sweep_words_cursor(swept, screen->frame->present->value[swept->knob], text);
    add_words(&panel, 0, ROLE_TEXT, text);
    sweep_words_crossovers(swept, text);
    add_words(&panel, 0, ROLE_STRONG, text);
    for (uint32_t i = 0; i < swept->series_count; i++)
        add_missing(&panel, i);
    add_others(&panel);
}
