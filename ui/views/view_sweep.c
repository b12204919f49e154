/*
 * view_sweep.c - view 5: the iteration's p50 over a knob's values, a letter for each variant, the
 * best of each marked: all that cannot be told from the fastest; and below it which these are.
 */
#include "../panels/screen.h"
#include "views.h"

#include "../../src/base/cluster.h"
#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/base/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define GUTTER     9 /* durations at the left */
#define BEST_NAMED 8 /* of more it is said how many they are */

static char letter_of(const struct swept *swept, uint32_t series)
{
    return (char)('A' +
                  (swept->series[series].letter >= 0 ? swept->series[series].letter : (int)series));
}

static bool has_points(const struct swept *swept)
{
    for (uint32_t i = 0; i < swept->series_count; i++)
        for (uint32_t v = 0; v < swept->value_count; v++)
            if (swept->series[i].p50_ns[v] > 0)
                return true;
    return false;
}

/* From the least p50 to the longest; a tenth beyond either. */
static struct axis fit(const struct swept *swept)
{
    double least = 0, most = 0;
    for (uint32_t i = 0; i < swept->series_count; i++) {
        for (uint32_t v = 0; v < swept->value_count; v++) {
            const double p50 = swept->series[i].p50_ns[v];
            least = p50 > 0 && (least <= 0 || p50 < least) ? p50 : least;
            most = p50 > most ? p50 : most;
        }
    }
    return (struct axis){.low_ns = least / 1.1, .high_ns = most * 1.1};
}

static int column_of(const struct swept *swept, struct rectangle plot, uint32_t value)
{
    return (int)((2 * value + 1) * (uint32_t)plot.columns / (2 * swept->value_count));
}

static void draw_values(const struct screen *screen, const struct swept *swept,
                        struct rectangle plot, struct rectangle axis_row)
{
    const struct frame *frame = screen->frame;
    const struct theme *theme = screen->theme;
    int free_from = 0;
    for (int i = 0; i < plot.columns; i++)
        draw_text(theme, axis_row, 0, i, ROLE_FRAME, theme->glyphs->axis);
    for (uint32_t v = 0; v < swept->value_count; v++) {
        char text[32], word[40];
        const int column = column_of(swept, plot, v);
        const int64_t present = frame->present->value[swept->knob];
        knob_format(swept->knob, swept->values[v], text, sizeof text);
        snprintf(word, sizeof word, swept->values[v] == present ? "[%s]" : "%s", text);
        const int start = column - draw_columns(word) / 2;
        draw_text(theme, axis_row, 0, column, ROLE_FRAME, theme->glyphs->tick);
        if (start < free_from)
            continue;
        draw_text(theme, axis_row, 1, start, ROLE_TEXT, word);
        free_from = start + draw_columns(word) + 1;
    }
}

static void draw_points(const struct screen *screen, const struct swept *swept,
                        struct rectangle plot, const struct axis *axis)
{
    for (uint32_t i = 0; i < swept->series_count; i++) {
        for (uint32_t v = 0; v < swept->value_count; v++) {
            const struct swept_series *series = &swept->series[i];
            const bool best = series->best[v];
            char text[8];
            if (series->p50_ns[v] <= 0)
                continue;
            const double position = axis_position(axis, series->p50_ns[v]);
            int row = (int)((1 - position) * plot.rows);
            row = row < 0 ? 0 : row >= plot.rows ? plot.rows - 1 : row;
            snprintf(text, sizeof text, best ? "[%c]" : "%c", letter_of(swept, i));
            draw_text(screen->theme, plot, row, column_of(swept, plot, v) - best,
                      !series->verified[v] ? ROLE_DIM
                      : best               ? ROLE_FOCUS
                                           : screen_letter_role(letter_of(swept, i) - 'A'),
                      text);
        }
    }
}

static void draw_gutter(const struct screen *screen, struct rectangle inside, struct rectangle plot,
                        const struct axis *axis)
{
    for (int i = 0; i < 3; i++) {
        char text[24];
        const int row = i * (plot.rows - 1) / 2;
        text_duration(text, sizeof text, axis_value(axis, 1 - (row + 0.5) / plot.rows));
        draw_right(screen->theme, inside, row, 0, GUTTER - 1, ROLE_DIM, text);
    }
}

/* What Enter would do, or what is missing. */
static void draw_advice(const struct screen *screen, const struct swept *swept,
                        struct rectangle inside)
{
    char text[512], value[32];
    const char *name = knob_table[swept->knob].name;
    int row = 1;
    if (swept->recorded) {
        snprintf(text, sizeof text, "%s was recorded at one value alone, or not read.", name);
        draw_wrapped(screen->theme, inside, row, ROLE_TEXT, text);
        return;
    }
    snprintf(text, sizeof text, "Enter measures %s at", name);
    for (uint32_t v = 0; v < swept->value_count; v++) {
        const size_t length = strlen(text);
        knob_format(swept->knob, swept->values[v], value, sizeof value);
        snprintf(text + length, sizeof text - length, "%s %s", v > 0 ? "," : "", value);
    }
    row = draw_wrapped(screen->theme, inside, row, ROLE_STRONG, text) + 1;
    snprintf(text, sizeof text,
             "The arrows choose the knob. %s tags variants in the list (%s goes there); without "
             "tags the selected one is swept.",
             action_key(ACTION_TAG), action_key(ACTION_FOCUS_NEXT));
    row = draw_wrapped(screen->theme, inside, row, ROLE_TEXT, text) + 1;
    snprintf(text, sizeof text,
             "Every value begins a new epoch: what was measured before is left behind, unless %s "
             "has kept it.",
             action_key(ACTION_CLONE));
    draw_wrapped(screen->theme, inside, row, ROLE_DIM, text);
}

static void draw_plot(const struct screen *screen, const struct swept *swept,
                      struct rectangle inside)
{
    struct rectangle plot = {inside.row, inside.column + GUTTER, inside.rows - 2,
                             inside.columns - GUTTER};
    const struct axis axis = fit(swept);
    if (plot.rows < 2 || plot.columns < 8)
        return;
    draw_gutter(screen, inside, plot, &axis);
    draw_points(screen, swept, plot, &axis);
    draw_values(screen, swept, plot,
                (struct rectangle){plot.row + plot.rows, plot.column, 2, plot.columns});
}

/* "best at BATCH 8: 12.3 us", "best at BATCH 8, 16: cannot be told apart (12.3 us)"; where that has
 * not room in `columns`, "best at BATCH 8, 16, a tie", or how many. With nothing to compare:
 * "verified at BATCH 8 alone: 12.3 us".
 */
static void write_best(const struct swept *swept, const struct swept_series *series, int columns,
                       char *text, size_t size)
{
    char values[256] = "", duration[24], value[32];
    const char *name = knob_table[swept->knob].name;
    uint32_t count = 0;
    for (uint32_t v = 0; v < swept->value_count; v++) {
        if (!series->best[v])
            continue;
        knob_format(swept->knob, swept->values[v], value, sizeof value);
        words_add(values, sizeof values, "%s", value);
        count++;
    }
    text_duration(duration, sizeof duration, series->p50_ns[series->fastest]);
    if (count == 0) {
        knob_format(swept->knob, swept->values[series->fastest], value, sizeof value);
        snprintf(text, size, "verified at %s %s alone: %s", name, value, duration);
        return;
    }
    snprintf(text, size,
             count > 1 ? "best at %s %s: cannot be told apart (%s)" : "best at %s %s: %s", name,
             values, duration);
    if (count > 1 && draw_columns(text) > columns)
        snprintf(text, size, "best at %s %s, a tie", name, values);
    if (count > 1 && (count > BEST_NAMED || draw_columns(text) > columns))
        snprintf(text, size, "best: a tie of %u values", count);
}

/* "A cpu_persistent  best at BATCH 8: 12.3 us", with what was refused. */
static void draw_series(const struct screen *screen, struct rectangle area, int at,
                        const struct swept *swept, uint32_t index)
{
    const struct swept_series *series = &swept->series[index];
    const char sign[2] = {letter_of(swept, index), '\0'};
    char text[384], value[32];
    int column = draw_text(screen->theme, area, at, 0, screen_letter_role(sign[0] - 'A'), sign);
    column = draw_text(screen->theme, area, at, column + 1, ROLE_TEXT, series->name) + 2;
    if (series->fastest >= 0) {
        write_best(swept, series, area.columns - column, text, sizeof text);
        column = draw_text(screen->theme, area, at, column, ROLE_STRONG, text) + 2;
    }
    for (uint32_t v = 0; v < swept->value_count; v++) {
        if (series->p50_ns[v] > 0 || !series->reason[v])
            continue;
        knob_format(swept->knob, swept->values[v], value, sizeof value);
        snprintf(text, sizeof text, "%s: %s", value, series->reason[v]);
        draw_field(screen->theme, area, at, column, area.columns - column, ROLE_DIM, text);
        return;
    }
}

void view_sweep_draw(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const struct layout *layout = frame->layout;
    const struct swept *swept = &frame->swept;
    char title[128], note[64] = "";
    const struct row selected = frame->current.row;
    screen_draw_lists(screen);
    snprintf(title, sizeof title, "Sweep %s iteration p50 over %s", screen->theme->glyphs->dot,
             knob_table[swept->knob].name);
    if (swept->recorded)
        cluster_copy(note, sizeof note, selected.mark);
    else if (frame->sweep_point > 0)
        snprintf(note, sizeof note, "point %u of %u; Esc ends it", frame->sweep_point,
                 frame->sweep_points);
    struct rectangle inside = draw_frame(screen->theme, layout->plot, title, note, false);
    if (has_points(swept) && (!swept->recorded || swept->value_count > 1))
        draw_plot(screen, swept, inside);
    else
        draw_advice(screen, swept, inside);
    if (layout->strip.rows == 0)
        return;
    inside = draw_frame(screen->theme, layout->strip, "The best of each, if verified", "", false);
    for (uint32_t i = 0; i < swept->series_count && (int)i < inside.rows; i++)
        draw_series(screen, inside, (int)i, swept, i);
}
