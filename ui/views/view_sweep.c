/*
 * view_sweep.c - view 5: the iteration's p50, or tokens/s, over a knob's values: one line per
 * variant, whose best points are marked, including ties. Sentences below the plot say the same.
 */
#include "../model/sweep_words.h"
#include "../panels/screen.h"
#include "views.h"

#include "../../src/base/text.h"

#include <stdio.h>

#define TIME_GUTTER 9  /* columns of the durations, at the left */
#define RATE_GUTTER 13 /* room for "12.8 Mtok/s" */

#define ROWS_WITH_TITLES 10

/* A logarithmic axis from the smallest value to the largest, extended by a tenth at both ends. */
static struct axis fit(const struct swept *swept)
{
    double least = 0, most = 0;
    for (uint32_t i = 0; i < swept->series_count; i++) {
        for (uint32_t v = 0; v < swept->value_count; v++) {
            const double value = swept_value(swept, i, v);
            least = value > 0 && (least <= 0 || value < least) ? value : least;
            most = value > most ? value : most;
        }
    }
    return (struct axis){.low_ns = least / 1.1, .high_ns = most * 1.1};
}

static int column_of(const struct swept *swept, struct rectangle plot, uint32_t value)
{
    return (int)((2 * value + 1) * (uint32_t)plot.columns / (2 * swept->value_count));
}

static int row_of(const struct axis *axis, struct rectangle plot, double value)
{
    const int row = (int)((1 - axis_position(axis, value)) * plot.rows);
    return row < 0 ? 0 : row >= plot.rows ? plot.rows - 1 : row;
}

/* Draws the axis of the knob's values. The current value has the cursor's sign before it, and a
 * vertical line above it. Brackets around it would look like a key. */
static void draw_values(const struct screen *screen, const struct swept *swept,
                        struct rectangle plot, struct rectangle axis_row)
{
    const struct theme *theme = screen->theme;
    int free_from = 0;
    for (int i = 0; i < plot.columns; i++)
        draw_text(theme, axis_row, 0, i, ROLE_FRAME, theme->glyphs->axis);
    for (uint32_t v = 0; v < swept->value_count; v++) {
        char text[32], word[40];
        const int column = column_of(swept, plot, v);
        const bool present = swept->values[v] == swept->present;
        knob_text(swept->knob, swept->values[v], text, sizeof text);
        snprintf(word, sizeof word, "%s%s", present ? theme->glyphs->cursor : "", text);
        const int start = column - draw_columns(word) / 2;
        draw_text(theme, axis_row, 0, column, ROLE_FRAME, theme->glyphs->tick);
        for (int row = 0; row < plot.rows && present; row++)
            draw_text(theme, plot, row, column, ROLE_DIM, theme->glyphs->line);
        if (start < free_from)
            continue;
        draw_text(theme, axis_row, 1, start, ROLE_TEXT, word);
        free_from = start + draw_columns(word) + 1;
    }
}

/* Draws a dotted line from point to point, if the values have an order. */
static void draw_line(const struct screen *screen, const struct swept *swept, struct rectangle plot,
                      const struct axis *axis, uint32_t series)
{
    const enum knob_kind kind = knob_table[swept->knob].kind;
    int last = -1;
    for (uint32_t v = 0; v < swept->value_count && (kind == KNOB_INT || kind == KNOB_SET); v++) {
        if (swept_value(swept, series, v) <= 0)
            continue;
        if (last >= 0) {
            const double from = axis_position(axis, swept_value(swept, series, (uint32_t)last));
            const double to = axis_position(axis, swept_value(swept, series, v));
            const int begin = column_of(swept, plot, (uint32_t)last);
            const int end = column_of(swept, plot, v);
            for (int column = begin + 1; column < end; column++) {
                const double part = (double)(column - begin) / (end - begin);
                draw_text(screen->theme, plot,
                          row_of(axis, plot, axis_value(axis, from + part * (to - from))), column,
                          screen_letter_role(sweep_letter(swept, series) - 'A'),
                          screen->theme->glyphs->dot);
            }
        }
        last = (int)v;
    }
}

/* Draws a tag at each point, dim if the point is not verified, and a star beside the best points.
 */
static void draw_points(const struct screen *screen, const struct swept *swept,
                        struct rectangle plot, const struct axis *axis, uint32_t index)
{
    const struct swept_series *series = &swept->series[index];
    const char sign[2] = {sweep_letter(swept, index), '\0'};
    for (uint32_t v = 0; v < swept->value_count; v++) {
        if (swept_value(swept, index, v) <= 0)
            continue;
        const int row = row_of(axis, plot, swept_value(swept, index, v));
        const int column = column_of(swept, plot, v);
        draw_text(screen->theme, plot, row, column,
                  series->verified[v] ? screen_letter_role(sign[0] - 'A') : ROLE_DIM, sign);
        if (series->best[v])
            draw_text(screen->theme, plot, row, column + 1, ROLE_GOOD, "*");
    }
}

static void draw_gutter(const struct screen *screen, const struct swept *swept,
                        struct rectangle inside, struct rectangle plot, const struct axis *axis)
{
    const int count = plot.rows >= 16 ? 5 : 3;
    for (int i = 0; i < count; i++) {
        char text[40];
        const int row = i * (plot.rows - 1) / (count - 1);
        sweep_value_text(swept, axis_value(axis, 1 - (row + 0.5) / plot.rows), text, sizeof text);
        draw_right(screen->theme, inside, plot.row - inside.row + row, 0,
                   plot.column - inside.column - 1, ROLE_DIM, text);
    }
}

/* Draws the axes' titles: the measure above the plot, the knob in the last row. */
static void draw_titles(const struct screen *screen, const struct swept *swept,
                        struct rectangle inside)
{
    const struct knob_info *knob = &knob_table[swept->knob];
    char text[96];
    draw_format(screen->theme, inside, 0, 0, ROLE_DIM, "%s, logarithmic %s * best",
                sweep_measure(swept), screen->theme->glyphs->dot);
    snprintf(text, sizeof text, "%s%s%s", knob->name, *knob->unit ? ", " : "", knob->unit);
    draw_right(screen->theme, inside, inside.rows - 1, 0, inside.columns, ROLE_DIM, text);
}

/* Says what Enter would do, or what is missing. */
static void draw_advice(const struct screen *screen, const struct swept *swept,
                        struct rectangle inside)
{
    char text[512], value[32];
    const char *name = knob_table[swept->knob].name;
    int row = 1;
    if (swept->recorded) {
        snprintf(text, sizeof text,
                 "%s was recorded at a single value, or the variant does not read it.", name);
        draw_wrapped(screen->theme, inside, row, ROLE_TEXT, text);
        return;
    }
    snprintf(text, sizeof text, "Enter measures %s at", name);
    for (uint32_t v = 0; v < swept->value_count; v++) {
        knob_text(swept->knob, swept->values[v], value, sizeof value);
        text_append(text, sizeof text, "%s %s", v > 0 ? "," : "", value);
    }
    row = draw_wrapped(screen->theme, inside, row, ROLE_STRONG, text);
    if (*swept->left_out)
        row = draw_wrapped(screen->theme, inside, row, ROLE_DIM, swept->left_out);
    row++;
    snprintf(text, sizeof text,
             "The arrows choose the knob. %s tags variants in the list (%s goes there); without "
             "tags the selected one is swept.",
             action_key(ACTION_TAG), action_key(ACTION_FOCUS_NEXT));
    row = draw_wrapped(screen->theme, inside, row, ROLE_TEXT, text) + 1;
    snprintf(text, sizeof text,
             "Every value begins a new epoch, which drops earlier samples unless %s has kept them.",
             action_key(ACTION_CLONE));
    draw_wrapped(screen->theme, inside, row, ROLE_DIM, text);
}

static void draw_plot(const struct screen *screen, const struct swept *swept,
                      struct rectangle inside)
{
    const int gutter = swept->by_rate ? RATE_GUTTER : TIME_GUTTER;
    const int titles =
        inside.rows >= ROWS_WITH_TITLES; /* otherwise only the frame's title names the axes */
    struct rectangle plot = layout_columns(
        layout_rows(inside, titles, inside.rows - 2 - 2 * titles), gutter, inside.columns - gutter);
    const struct axis axis = fit(swept);
    if (plot.rows < 2 || plot.columns < 8)
        return;
    if (titles)
        draw_titles(screen, swept, inside);
    draw_gutter(screen, swept, inside, plot, &axis);
    draw_values(screen, swept, plot, layout_rows(plot, plot.rows, 2));
    for (uint32_t i = 0; i < swept->series_count; i++)
        draw_line(screen, swept, plot, &axis, i);
    for (uint32_t i = 0; i < swept->series_count; i++)
        draw_points(screen, swept, plot, &axis, i);
}

/* Gives the sentences the rows that they need, but at most half. The plot gets the rest. */
static void share_rows(const struct screen *screen, struct rectangle *plot, struct rectangle *strip)
{
    const int rows = plot->rows + strip->rows;
    if (strip->rows == 0)
        return;
    const int wanted = panel_swept_rows(screen, strip->columns);
    strip->rows = wanted < rows / 2 ? wanted : rows / 2;
    plot->rows = rows - strip->rows;
    strip->row = plot->row + plot->rows;
}

void view_sweep_draw(const struct screen *screen)
{
    const struct frame *frame = screen->frame;
    const struct swept *swept = &frame->swept;
    const struct knob_info *knob = &knob_table[swept->knob];
    struct rectangle plot = frame->layout->plot, strip = frame->layout->strip;
    char title[128], note[64] = "";
    share_rows(screen, &plot, &strip);
    screen_draw_lists(screen);
    snprintf(title, sizeof title, "Sweep %s %s over %s%s%s", screen->theme->glyphs->dot,
             sweep_measure(swept), knob->name, *knob->unit ? " in " : "", knob->unit);
    if (!swept->recorded && frame->sweep_point > 0)
        snprintf(note, sizeof note, "point %u of %u; Esc ends it", frame->sweep_point,
                 frame->sweep_points);
    struct rectangle inside = draw_frame(screen->theme, plot, title, note, false);
    if (sweep_has_points(swept) && (!swept->recorded || swept->value_count > 1))
        draw_plot(screen, swept, inside);
    else
        draw_advice(screen, swept, inside);
    if (strip.rows > 0)
        panel_swept_draw(screen, strip);
}
