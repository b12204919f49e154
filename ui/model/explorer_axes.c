/*
 * explorer_axes.c - the metric on screen, and the axes of its histograms: one for the selected row,
 * one shared by the tagged rows.
 */
#include "explorer_axes.h"

#include "explorer_private.h"
#include "explorer_rows.h"
#include "explorer_tags.h"

#include <math.h>

#define BEYOND_FEWEST 3   /* with fewer tagged rows, none is left out of the axis */
#define BEYOND_TIMES  5.0 /* a tag is left out if its p50 and the next one differ by this factor */

/* ---- what is compared ----------------------------------------------------------------------- */

struct median {
    uint32_t letter;
    double p50_ns;
};

/* Writes the medians of the tagged rows, in ascending order. Returns their number. */
static uint32_t take_medians(const struct explorer *explorer, enum metric metric,
                             struct median *medians)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        const struct row row = explorer_tagged(explorer, i);
        if (!row.run || row.run->histograms[metric].count == 0)
            continue;
        const double p50 = (double)histogram_percentile(&row.run->histograms[metric], 0.5);
        uint32_t at = count++;
        for (; at > 0 && medians[at - 1].p50_ns > p50; at--)
            medians[at] = medians[at - 1];
        medians[at] = (struct median){.letter = i, .p50_ns = p50};
    }
    return count;
}

uint32_t explorer_beyond(const struct explorer *explorer, enum metric metric)
{
    struct median medians[EXPLORER_TAGS];
    const uint32_t count = take_medians(explorer, metric, medians);
    if (count < BEYOND_FEWEST)
        return 0;
    const struct median *least = medians, *most = &medians[count - 1];
    const double above = most->p50_ns / fmax(most[-1].p50_ns, 1);
    const double below = least[1].p50_ns / fmax(least->p50_ns, 1);
    if (fmax(above, below) < BEYOND_TIMES)
        return 0;
    return 1u << (above >= below ? most : least)->letter;
}

static void widen_shared(struct explorer *explorer, enum metric metric)
{
    struct axis *axis = &explorer->shared[metric];
    const uint32_t beyond = explorer_beyond(explorer, metric);
    if (beyond != explorer->beyond[metric] && !axis->held)
        *axis = (struct axis){.linear = axis->linear};
    explorer->beyond[metric] = beyond;
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        const struct row row = explorer_tagged(explorer, i);
        if (row.run && !(beyond >> i & 1))
            axis_widen(axis, &row.run->histograms[metric]);
    }
}

/* ---- the axes ------------------------------------------------------------------------------- */

static void widen(struct explorer *explorer, enum metric metric)
{
    const struct row row = explorer_selected(explorer);
    if (row.run)
        axis_widen(&explorer->axes[metric], &row.run->histograms[metric]);
    widen_shared(explorer, metric);
}

/* Widens the axes of both metrics on the screen. */
void explorer_widen(struct explorer *explorer)
{
    widen(explorer, explorer->metric);
    widen(explorer, explorer_other_metric(explorer->metric));
}

enum metric explorer_other_metric(enum metric metric)
{
    return metric == METRIC_ITERATION ? METRIC_STEP : METRIC_ITERATION;
}

/* The time axis of the present view and metric. */
static struct axis *present_axis(struct explorer *explorer)
{
    return &(explorer->view == VIEW_COMPARE ? explorer->shared : explorer->axes)[explorer->metric];
}

void explorer_next_metric(struct explorer *explorer)
{
    const int metrics = METRIC_ITERATION + 1; /* step, busy, gap, iteration */
    if (explorer->view == VIEW_SWEEP) {       /* two metrics: time and tokens/s */
        explorer->sweep_flipped = !explorer->sweep_flipped;
        return;
    }
    explorer->metric = (enum metric)(((int)explorer->metric + 1) % metrics);
    explorer_widen(explorer);
}

/* Returns the row whose median is the centre of a zoom: in a comparison, the first tagged row on
 * the axis. */
static struct row shown_row(const struct explorer *explorer)
{
    const uint32_t beyond = explorer_beyond(explorer, explorer->metric);
    for (uint32_t i = 0; i < EXPLORER_TAGS && explorer->view == VIEW_COMPARE; i++) {
        const struct row row = explorer_tagged(explorer, i);
        if (row.run && !(beyond >> i & 1))
            return row;
    }
    return explorer_selected(explorer);
}

void explorer_zoom(struct explorer *explorer, int direction)
{
    const double factor = direction > 0 ? 1.5 : 1 / 1.5;
    struct row row = shown_row(explorer);
    if (row.run && row.run->histograms[explorer->metric].count > 0)
        axis_zoom(present_axis(explorer), factor,
                  (double)histogram_percentile(&row.run->histograms[explorer->metric], 0.5));
}

void explorer_fit(struct explorer *explorer)
{
    struct row row = shown_row(explorer);
    if (!row.run || !axis_fit(present_axis(explorer), &row.run->histograms[explorer->metric]))
        explorer_say(explorer, false, "There are no samples yet to fit the axis to");
    explorer_widen(explorer); /* the shared axis fits all tagged rows */
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
