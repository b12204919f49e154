#include "run.h"
#include "times.h"

#include <math.h>

void breakdown_add(struct breakdown *breakdown, const struct breakdown_step *step)
{
    if (breakdown->most_ns > 0 && step->latency_ns > breakdown->most_ns)
        return;
    uint64_t left_ns = step->latency_ns;
    const uint64_t barrier_ns =
        step->phased ? min_u64(saturating_sub(step->barrier_ns, step->lead_ns), left_ns) : 0;
    left_ns -= barrier_ns;
    const uint64_t gap_ns = min_u64(saturating_sub(step->before_ns, barrier_ns), left_ns);
    left_ns -= gap_ns;
    breakdown->steps++;
    breakdown->phased += step->phased;
    breakdown->step_ns += step->latency_ns;
    breakdown->gap_ns += gap_ns;
    breakdown->data_ns += step->phased ? min_u64(step->data_ns, left_ns) : 0;
    breakdown->barrier_ns += barrier_ns;
    breakdown->spread_ns += step->spread_ns;
}

void breakdown_settle(struct breakdown *breakdown, const struct histogram *steps,
                      const struct histogram *first_tokens)
{
    if (steps->count < 2 * breakdown->settled)
        return;
    breakdown->settled = steps->count;
    breakdown->most_ns = BREAKDOWN_MOST * histogram_median(steps);
    breakdown->most_start_ns = BREAKDOWN_MOST * histogram_median(first_tokens);
}

void breakdown_add_start(struct breakdown *breakdown, uint64_t start_ns)
{
    if (breakdown->most_start_ns > 0 && start_ns > breakdown->most_start_ns)
        return;
    breakdown->starts++;
    breakdown->start_ns += start_ns;
}

void breakdown_merge(struct breakdown *to, const struct breakdown *from)
{
    to->steps += from->steps;
    to->phased += from->phased;
    to->step_ns += from->step_ns;
    to->gap_ns += from->gap_ns;
    to->data_ns += from->data_ns;
    to->barrier_ns += from->barrier_ns;
    to->spread_ns += from->spread_ns;
    to->starts += from->starts;
    to->start_ns += from->start_ns;
}

uint64_t breakdown_compute_ns(const struct breakdown *breakdown)
{
    return breakdown->step_ns - breakdown->gap_ns - breakdown->data_ns - breakdown->barrier_ns;
}

static double mean(uint64_t sum_ns, uint64_t count)
{
    return count > 0 ? (double)sum_ns / (double)count : 0;
}

/* Returns the time of a step's bytes at peak bandwidth, but at most most_ns. 0 (unknown) if
 * programs run freely, because a program's own step reads only part of those bytes. */
static double ceiling_of(const struct run *run, double most_ns)
{
    if (run->facts.free_running || !(run->ceiling_gb_per_s > 0))
        return 0;
    return fmin((double)run->step_bytes / run->ceiling_gb_per_s, most_ns);
}

bool breakdown_means_of(const struct run *run, struct breakdown_means *means)
{
    const struct breakdown *sums = &run->breakdown;
    const uint64_t steps = sums->steps;
    *means = (struct breakdown_means){0};
    if (steps == 0)
        return false;
    means->phased = sums->phased == steps;
    means->step_ns = mean(sums->step_ns, steps);
    means->gap_ns = mean(sums->gap_ns, steps);
    means->data_ns = means->phased ? mean(sums->data_ns, steps) : 0;
    means->barrier_ns = means->phased ? mean(sums->barrier_ns, steps) : 0;
    means->compute_ns = means->phased ? mean(breakdown_compute_ns(sums), steps)
                                      : mean(sums->step_ns - sums->gap_ns, steps);
    means->ceiling_ns = ceiling_of(run, means->data_ns + means->compute_ns);
    means->spread_ns = mean(sums->spread_ns, steps);
    means->iteration_ns = histogram_mean(&run->histograms[METRIC_ITERATION]);
    means->launch_ns = mean(sums->start_ns, sums->starts);
    means->ttft_ns = histogram_mean(&run->histograms[METRIC_TTFT]);
    means->sync_ns = histogram_mean(&run->histograms[METRIC_SYNC]);
    return true;
}
