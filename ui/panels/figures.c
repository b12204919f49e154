#include "figures.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/floor.h"

#include <stdio.h>

static const struct figure_info {
    const char *head;
    int columns; /* including a blank before it */
} table[FIGURE_COUNT] = {
    [FIGURE_STEP] = {"step p50", 10},   [FIGURE_STEP_P99] = {"step p99", 10},
    [FIGURE_TOKENS] = {"tokens/s", 10}, [FIGURE_BANDWIDTH] = {"GB/s", 7},
    [FIGURE_CEILING] = {"of peak", 9},  [FIGURE_GAP] = {"gap", 6},
    [FIGURE_FLOOR] = {"floor", 7},      [FIGURE_FIRST] = {"TTFT p50", 10},
    [FIGURE_SYNC] = {"sync p50", 10},   [FIGURE_ITERATION_P99] = {"iter. p99", 11},
};

/* If room is short, the last ones are left out. */
static const enum figure by_importance[FIGURE_COUNT] = {
    FIGURE_CEILING,  FIGURE_BANDWIDTH, FIGURE_GAP,   FIGURE_TOKENS, FIGURE_STEP,
    FIGURE_STEP_P99, FIGURE_FLOOR,     FIGURE_FIRST, FIGURE_SYNC,   FIGURE_ITERATION_P99,
};

void figures_choose(int columns, struct figures *figures)
{
    unsigned chosen = 0;
    *figures = (struct figures){0};
    for (int i = 0; i < FIGURE_COUNT; i++) {
        const enum figure figure = by_importance[i];
        if (figures->columns + table[figure].columns > columns)
            break;
        figures->columns += table[figure].columns;
        chosen |= 1u << figure;
    }
    for (int figure = 0; figure < FIGURE_COUNT; figure++)
        if (chosen >> figure & 1)
            figures->list[figures->count++] = (enum figure)figure;
}

static void write_share(double share, char *text, size_t size)
{
    if (share > 0)
        text_share(text, size, share);
}

static void write_percentile(const struct run *run, enum metric metric, double fraction, char *text,
                             size_t size)
{
    text_percentile(text, size, &run->histograms[metric], fraction);
}

static void write_figure(enum figure figure, const struct run *run, char *text, size_t size)
{
    const double gb = run_moved_gb_per_s(run), tokens = run_tokens_per_s(run);
    snprintf(text, size, "-");
    if (figure == FIGURE_STEP)
        write_percentile(run, METRIC_STEP, 0.5, text, size);
    else if (figure == FIGURE_STEP_P99)
        write_percentile(run, METRIC_STEP, 0.99, text, size);
    else if (figure == FIGURE_FIRST)
        write_percentile(run, METRIC_TTFT, 0.5, text, size);
    else if (figure == FIGURE_SYNC)
        write_percentile(run, METRIC_SYNC, 0.5, text, size);
    else if (figure == FIGURE_ITERATION_P99)
        write_percentile(run, run_decode_metric(run), 0.99, text, size);
    else if (figure == FIGURE_TOKENS && tokens > 0)
        text_rate(text, size, tokens);
    else if (figure == FIGURE_BANDWIDTH && gb > 0)
        text_bandwidth(text, size, gb);
    else if (figure == FIGURE_CEILING && gb > 0 && run->ceiling_gb_per_s > 0)
        write_share(gb / run->ceiling_gb_per_s, text, size);
    else if (figure == FIGURE_FLOOR)
        write_share(floor_share(run, METRIC_ITERATION), text, size);
    else if (figure == FIGURE_GAP && run->histograms[METRIC_GAP].count > 0)
        snprintf(text, size, "%.0f %%", 100 * run_gap_share(run));
}

void figures_draw_heads(const struct theme *theme, struct rectangle area, int column,
                        const struct figures *figures)
{
    for (int i = 0; i < figures->count; i++)
        column = draw_right(theme, area, 0, column, table[figures->list[i]].columns, ROLE_DIM,
                            table[figures->list[i]].head);
}

void figures_draw(const struct theme *theme, struct rectangle area, int at, int column,
                  const struct figures *figures, const struct run *run)
{
    for (int i = 0; i < figures->count; i++) {
        char text[32];
        write_figure(figures->list[i], run, text, sizeof text);
        column =
            draw_right(theme, area, at, column, table[figures->list[i]].columns, ROLE_TEXT, text);
    }
}
