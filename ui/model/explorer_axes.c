/*
 * explorer_axes.c - the metric that is shown, and the axes of its histograms: one for the selected
 * row, one for all that is compared.
 */
#include "explorer_axes.h"

#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_tags.h"

static void widen(struct explorer *explorer, enum metric metric)
{
    struct row row = explorer_selected(explorer);
    if (row.run)
        axis_widen(&explorer->axes[metric], &row.run->histograms[metric]);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        row = explorer_tagged(explorer, i);
        if (row.run)
            axis_widen(&explorer->shared[metric], &row.run->histograms[metric]);
    }
}

/* Another run, metric or source is looked at: its axis must hold its samples. */
void explorer_widen(struct explorer *explorer)
{
    widen(explorer, explorer->metric);
    widen(explorer, explorer_other_metric(explorer->metric));
}

enum metric explorer_other_metric(enum metric metric)
{
    return metric == METRIC_ITERATION ? METRIC_STEP : METRIC_ITERATION;
}

struct axis *explorer_axis(struct explorer *explorer)
{
    return &(explorer->view == VIEW_COMPARE ? explorer->shared : explorer->axes)[explorer->metric];
}

void explorer_next_metric(struct explorer *explorer)
{
    static const enum metric next[METRIC_COUNT] = {
        [METRIC_STEP] = METRIC_BUSY,
        [METRIC_BUSY] = METRIC_GAP,
        [METRIC_GAP] = METRIC_ITERATION,
        [METRIC_ITERATION] = METRIC_STEP,
    };
    if (explorer->view == VIEW_SWEEP) { /* it has two: time and tokens/s */
        explorer->sweep_by_rate = !explorer->sweep_by_rate;
        return;
    }
    explorer->metric = next[explorer->metric];
    explorer_widen(explorer);
}

/* Whose samples the axis goes by first. */
static struct row shown_row(const struct explorer *explorer)
{
    const int reference = explorer_reference(explorer);
    return explorer->view == VIEW_COMPARE && reference >= 0
               ? explorer_tagged(explorer, (uint32_t)reference)
               : explorer_selected(explorer);
}

void explorer_zoom(struct explorer *explorer, int direction)
{
    const double factor = direction > 0 ? 1.5 : 1 / 1.5;
    struct row row = shown_row(explorer);
    if (row.run && row.run->histograms[explorer->metric].count > 0)
        axis_zoom(explorer_axis(explorer), factor,
                  (double)histogram_percentile(&row.run->histograms[explorer->metric], 0.5));
}

void explorer_fit(struct explorer *explorer)
{
    struct row row = shown_row(explorer);
    if (!row.run || !axis_fit(explorer_axis(explorer), &row.run->histograms[explorer->metric]))
        explorer_say(explorer, false, "There are no samples yet to fit the axis to");
    explorer_widen(explorer); /* to all that is compared */
}

void explorer_turn_time_axis(struct explorer *explorer)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        explorer->axes[i] = explorer->shared[i] =
            (struct axis){.linear = !explorer->axes[i].linear};
    explorer_widen(explorer);
}

void explorer_turn_count_axis(struct explorer *explorer)
{
    explorer->log_counts = !explorer->log_counts;
}
