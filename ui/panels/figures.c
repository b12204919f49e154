#include "figures.h"

#include "../../src/base/text.h"
#include "../../src/base/text_histogram.h"
#include "../../src/engine/floor.h"

#include <stdio.h>

static const struct figure_info {
    const char *head;
    int columns; /* including a blank before it */
    int rank;    /* the lowest ranks stay if room is short */
} table[FIGURE_COUNT] = {
    [FIGURE_STEP] = {"step p50", 10, 5},   [FIGURE_STEP_P99] = {"step p99", 10, 6},
    [FIGURE_TOKENS] = {"tokens/s", 10, 4}, [FIGURE_BANDWIDTH] = {"GB/s", 7, 2},
    [FIGURE_CEILING] = {"of peak", 9, 1},  [FIGURE_GAP] = {"gap", 6, 3},
    [FIGURE_FLOOR] = {"floor", 7, 7},      [FIGURE_FIRST] = {"TTFT p50", 10, 8},
    [FIGURE_SYNC] = {"sync p50", 10, 9},   [FIGURE_ITERATION_P99] = {"iter. p99", 11, 10},
};

static bool is_chosen(const struct figures *figures, enum figure figure)
{
    for (int i = 0; i < figures->count; i++)
        if (figures->list[i] == figure)
            return true;
    return false;
}

/* The next figure by rank that is not included yet and may be; FIGURE_COUNT: none. */
static enum figure next_figure(const bool *looked_at)
{
    enum figure next = FIGURE_COUNT;
    for (int figure = 0; figure < FIGURE_COUNT; figure++)
        if (!looked_at[figure] && (next == FIGURE_COUNT || table[figure].rank < table[next].rank))
            next = (enum figure)figure;
    return next;
}

void figures_choose(int columns, unsigned without, struct figures *figures)
{
    bool looked_at[FIGURE_COUNT] = {false};
    struct figures by_rank = {0};
    for (;;) {
        const enum figure next = next_figure(looked_at);
        if (next == FIGURE_COUNT)
            break;
        looked_at[next] = true;
        if (without >> next & 1)
            continue;
        if (by_rank.columns + table[next].columns > columns)
            break;
        by_rank.columns += table[next].columns;
        by_rank.list[by_rank.count++] = next;
    }
    *figures = (struct figures){.columns = by_rank.columns};
    for (int figure = 0; figure < FIGURE_COUNT; figure++)
        if (is_chosen(&by_rank, (enum figure)figure))
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
    const double gb = run_moved_gb_per_s(run);
    snprintf(text, size, "-");
    switch (figure) {
    case FIGURE_STEP:
        write_percentile(run, METRIC_STEP, 0.5, text, size);
        break;
    case FIGURE_STEP_P99:
        write_percentile(run, METRIC_STEP, 0.99, text, size);
        break;
    case FIGURE_TOKENS:
        if (run_tokens_per_s(run) > 0)
            text_rate(text, size, run_tokens_per_s(run));
        break;
    case FIGURE_BANDWIDTH:
        if (gb > 0)
            text_bandwidth(text, size, gb);
        break;
    case FIGURE_CEILING:
        if (gb > 0 && run->ceiling_gb_per_s > 0)
            write_share(gb / run->ceiling_gb_per_s, text, size);
        break;
    case FIGURE_GAP:
        if (run->histograms[METRIC_GAP].count > 0)
            snprintf(text, size, "%.0f %%", 100 * run_gap_share(run));
        break;
    case FIGURE_FLOOR:
        write_share(floor_share(run, METRIC_ITERATION), text, size);
        break;
    case FIGURE_FIRST:
        write_percentile(run, METRIC_TTFT, 0.5, text, size);
        break;
    case FIGURE_SYNC:
        write_percentile(run, METRIC_SYNC, 0.5, text, size);
        break;
    case FIGURE_ITERATION_P99:
        write_percentile(run, run_decode_metric(run), 0.99, text, size);
        break;
    case FIGURE_COUNT:
        break;
    }
}

void figures_draw_heads(const struct theme *theme, struct rectangle area, int at, int column,
                        const struct figures *figures)
{
    for (int i = 0; i < figures->count; i++)
        column = draw_right(theme, area, at, column, table[figures->list[i]].columns, ROLE_DIM,
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
