#include "figures.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/floor.h"

#include <stdio.h>

static const struct figure_info {
    const char *head;
    int columns; /* width, including the blank before the figure */
    enum metric metric;
    double fraction; /* which percentile of the metric; 0: the figure is not a percentile */
} table[FIGURE_COUNT] = {
    [FIGURE_STEP] = {.head = "step p50", .columns = 10, .metric = METRIC_STEP, .fraction = 0.5},
    [FIGURE_STEP_P99] = {.head = "step p99",
                         .columns = 10,
                         .metric = METRIC_STEP,
                         .fraction = 0.99},
    [FIGURE_TOKENS] = {.head = "tokens/s", .columns = 10},
    [FIGURE_BANDWIDTH] = {.head = "GB/s", .columns = 7},
    [FIGURE_CEILING] = {.head = "of peak", .columns = 9},
    [FIGURE_GAP] = {.head = "gap", .columns = 6},
    [FIGURE_FLOOR] = {.head = "floor", .columns = 7},
    [FIGURE_FIRST] = {.head = "TTFT p50", .columns = 10, .metric = METRIC_TTFT, .fraction = 0.5},
    [FIGURE_SYNC] = {.head = "sync p50", .columns = 10, .metric = METRIC_SYNC, .fraction = 0.5},
    [FIGURE_ITERATION_P99] = {.head = "iter. p99",
                              .columns = 11,
                              .metric = METRIC_ITERATION,
                              .fraction = 0.99},
};

/* The most important first. If room is short, the last ones are left out. */
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

static void write_figure(enum figure figure, const struct run *run, char *text, size_t size)
{
    const double gb = run_moved_gb_per_s(run), tokens = run_tokens_per_s(run);
    const double floor = floor_share(run, METRIC_ITERATION), fraction = table[figure].fraction;
    enum metric metric = table[figure].metric;
    snprintf(text, size, "-");
    if (metric == METRIC_ITERATION)
        metric = run_decode_metric(run);
    if (fraction > 0)
        text_percentile(text, size, &run->histograms[metric], fraction);
    else if (figure == FIGURE_TOKENS && tokens > 0)
        text_rate(text, size, tokens);
    else if (figure == FIGURE_BANDWIDTH && gb > 0)
        text_bandwidth(text, size, gb);
    else if (figure == FIGURE_CEILING && gb > 0 && run->ceiling_gb_per_s > 0)
        text_share(text, size, gb / run->ceiling_gb_per_s);
    else if (figure == FIGURE_FLOOR && floor > 0)
        text_share(text, size, floor);
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
