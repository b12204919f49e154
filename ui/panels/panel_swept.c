/*
 * panel_swept.c - below the plot of a sweep, in words: the values at the cursor, the best of each
 * variant, where one overtakes another, and of a recording in which other knobs vary too, the best
 * of these at each value.
 */
#include "screen.h"

#include "../../src/base/text.h"
#include "../../src/base/words.h"

#include <stdio.h>
#include <string.h>

#define BEST_NAMED 8 /* of more it is said how many they are */
#define TEXT_ROOM  512

struct panel {
    const struct screen *screen;
    const struct swept *swept;
    struct rectangle area;
    int at;
    struct names names; /* of the series */
};

char screen_swept_letter(const struct swept *swept, uint32_t series)
{
    const int letter = swept->series[series].letter;
    return (char)('A' + (letter >= 0 ? letter : (int)series));
}

void screen_swept_format(const struct swept *swept, double value, char *text, size_t size)
{
    char number[32];
    if (!swept->by_rate) {
        text_duration(text, size, value);
        return;
    }
    text_rate(number, sizeof number, value);
    const bool prefixed = text_is_letter(number[strlen(number) - 1]);
    snprintf(text, size, "%s%stok/s", number, prefixed ? "" : " ");
}

/* "BATCH 8" */
static void write_knob(enum knob_id id, int64_t value, char *text, size_t size)
{
    char word[32];
    knob_text(id, value, word, sizeof word);
    snprintf(text, size, "%s %s", knob_table[id].name, word);
}

static void add_line(struct panel *panel, enum role role, const char *text)
{
    const struct rectangle below = {panel->area.row + panel->at, panel->area.column,
                                    panel->area.rows - panel->at, panel->area.columns};
    if (panel->at < panel->area.rows)
        panel->at += draw_wrapped(panel->screen->theme, below, 0, role, text);
}

/* ---- the cursor ----------------------------------------------------------------------------- */

/* "at BATCH 8: A 12.3 us, B 14.0 us" */
static void add_cursor(struct panel *panel)
{
    const struct swept *swept = panel->swept;
    const int64_t present = panel->screen->frame->present->value[swept->knob];
    char text[TEXT_ROOM], knob[64], values[TEXT_ROOM / 2] = "";
    for (uint32_t v = 0; v < swept->value_count; v++) {
        if (swept->values[v] != present)
            continue;
        for (uint32_t i = 0; i < swept->series_count; i++) {
            char value[32];
            if (swept_value(swept, i, v) <= 0)
                continue;
            screen_swept_format(swept, swept_value(swept, i, v), value, sizeof value);
            words_add(values, sizeof values, "%c %s", screen_swept_letter(swept, i), value);
        }
    }
    if (!*values)
        return;
    write_knob(swept->knob, present, knob, sizeof knob);
    snprintf(text, sizeof text, "at %s: %s", knob, values);
    add_line(panel, ROLE_TEXT, text);
}

/* ---- the best ------------------------------------------------------------------------------- */

/* "best at BATCH 8: 12.3 us", "best at BATCH 8, 16: cannot be told apart (12.3 us)"; where that has
 * not room in `columns`, "best at BATCH 8, 16, a tie", or how many. With nothing to compare:
 * "verified at BATCH 8 alone: 12.3 us".
 */
static void write_best(const struct swept *swept, uint32_t index, int columns, char *text,
                       size_t size)
{
    const struct swept_series *series = &swept->series[index];
    char values[256] = "", best[40], value[32];
    const char *name = knob_table[swept->knob].name;
    uint32_t count = 0;
    for (uint32_t v = 0; v < swept->value_count; v++) {
        if (!series->best[v])
            continue;
        knob_text(swept->knob, swept->values[v], value, sizeof value);
        words_add(values, sizeof values, "%s", value);
        count++;
    }
    screen_swept_format(swept, swept_value(swept, index, (uint32_t)series->fastest), best,
                        sizeof best);
    if (count == 0) {
        knob_text(swept->knob, swept->values[series->fastest], value, sizeof value);
        snprintf(text, size, "verified at %s %s alone: %s", name, value, best);
        return;
    }
    snprintf(text, size,
             count > 1 ? "best at %s %s: cannot be told apart (%s)" : "best at %s %s: %s", name,
             values, best);
    if (count > 1 && draw_columns(text) > columns)
        snprintf(text, size, "best at %s %s, a tie", name, values);
    if (count > 1 && (count > BEST_NAMED || draw_columns(text) > columns))
        snprintf(text, size, "best: a tie of %u values", count);
}

/* "A cpu_persistent  best at BATCH 8: 12.3 us", with what was refused. */
static void add_series(struct panel *panel, uint32_t index)
{
    const struct theme *theme = panel->screen->theme;
    const struct swept *swept = panel->swept;
    const struct swept_series *series = &swept->series[index];
    const char sign[2] = {screen_swept_letter(swept, index), '\0'};
    char text[384], value[32];
    if (panel->at >= panel->area.rows)
        return;
    const int at = panel->at++;
    int column = draw_text(theme, panel->area, at, 0, screen_letter_role(sign[0] - 'A'), sign);
    column =
        draw_text(theme, panel->area, at, column + 1, ROLE_TEXT, panel->names.texts[index]) + 2;
    if (series->fastest >= 0) {
        write_best(swept, index, panel->area.columns - column, text, sizeof text);
        column = draw_text(theme, panel->area, at, column, ROLE_STRONG, text) + 2;
    }
    for (uint32_t v = 0; v < swept->value_count; v++) {
        if (series->p50_ns[v] > 0 || !series->reason[v])
            continue;
        knob_text(swept->knob, swept->values[v], value, sizeof value);
        snprintf(text, sizeof text, "%s: %s", value, series->reason[v]);
        draw_field(theme, panel->area, at, column, panel->area.columns - column, ROLE_DIM, text);
        return;
    }
}

/* ---- crossovers ----------------------------------------------------------------------------- */

/* "B overtakes A at BATCH 512" */
static void add_crossovers(struct panel *panel)
{
    struct crossover crossovers[CROSSOVERS];
    const uint32_t count = swept_crossovers(panel->swept, crossovers);
    char text[TEXT_ROOM] = "", knob[64];
    for (uint32_t i = 0; i < count; i++) {
        write_knob(panel->swept->knob, panel->swept->values[crossovers[i].value], knob,
                   sizeof knob);
        words_add(text, sizeof text, "%c overtakes %c at %s",
                  screen_swept_letter(panel->swept, crossovers[i].series),
                  screen_swept_letter(panel->swept, crossovers[i].other), knob);
    }
    if (*text)
        add_line(panel, ROLE_STRONG, text);
}

/* ---- other knobs ---------------------------------------------------------------------------- */

/* "NUM_PROGRAMS 16: STEP_SYNC none, BLOCK_K 64: 15.2 us, best of 20" */
static void write_other(const struct swept *swept, const struct sweep_others *others,
                        const struct sweep_other *other, char *text, size_t size)
{
    char knobs[TEXT_ROOM / 2] = "", best[40];
    const struct run *run = other->best;
    const double p50 = (double)histogram_median(&run->histograms[run_decode_metric(run)]);
    const double tokens = (double)run->used.batch * (double)run->used.seq_len;
    for (int id = 0; id < KNOB_COUNT; id++) {
        char knob[64];
        if (!(others->knobs >> id & 1))
            continue;
        write_knob((enum knob_id)id, run->asked.value[id], knob, sizeof knob);
        words_add(knobs, sizeof knobs, "%s", knob);
    }
    screen_swept_format(swept, swept->by_rate ? tokens * 1e9 / p50 : p50, best, sizeof best);
    snprintf(text, size, "%s: %s, best of %u", knobs, best, other->runs);
    if (other->ties > 1)
        text_append(text, size, ", a tie of %u", other->ties);
}

/* The best of the other knobs, at each value or as many as there is room for, around the present
 * one. */
static void add_others(struct panel *panel)
{
    const struct swept *swept = panel->swept;
    const struct theme *theme = panel->screen->theme;
    const struct sweep_others *others = &panel->screen->frame->others;
    char text[TEXT_ROOM], value[32], head[96];
    const int left = panel->area.rows - panel->at;
    if (left < 1 || !panel->screen->frame->has_others)
        return;
    int cursor = 0;
    for (uint32_t i = 0; i < others->count; i++)
        if (others->rows[i].value == panel->screen->frame->present->value[swept->knob])
            cursor = (int)i;
    const bool headed = left > 1;
    const int room = left - headed;
    if (headed) {
        snprintf(head, sizeof head, "best of the other knobs at each %s",
                 knob_table[swept->knob].name);
        add_line(panel, ROLE_DIM, head);
    }
    const int first = layout_scroll(cursor, (int)others->count, room);
    for (int i = first; i < (int)others->count && i - first < room; i++) {
        const bool present = i == cursor;
        write_other(swept, others, &others->rows[i], text, sizeof text);
        knob_text(swept->knob, others->rows[i].value, value, sizeof value);
        draw_text(theme, panel->area, panel->at, 0, ROLE_FOCUS,
                  present ? theme->glyphs->cursor : " ");
        draw_right(theme, panel->area, panel->at, 1, 8, ROLE_STRONG, value);
        draw_field(theme, panel->area, panel->at, 11, panel->area.columns - 11,
                   present ? ROLE_STRONG : ROLE_TEXT, text);
        panel->at++;
    }
}

void panel_swept_draw(const struct screen *screen, struct rectangle area)
{
    const struct swept *swept = &screen->frame->swept;
    struct panel panel = {.screen = screen, .swept = swept};
    const char *list[EXPLORER_TAGS];
    char title[64];
    snprintf(title, sizeof title, "In words %s %s: by %s", screen->theme->glyphs->dot,
             action_key(ACTION_METRIC), swept->by_rate ? "time" : "tokens/s");
    panel.area = draw_frame(screen->theme, area, title, "", false);
    for (uint32_t i = 0; i < swept->series_count; i++)
        list[i] = swept->series[i].name;
    names_shorten(&panel.names, list, swept->series_count, panel.area.columns * 2 / 5,
                  screen->theme->glyphs->more);
    for (uint32_t i = 0; i < swept->series_count; i++)
        add_series(&panel, i);
    add_cursor(&panel);
    add_crossovers(&panel);
    add_others(&panel);
}
