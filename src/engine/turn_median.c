#include "turn_median.h"

bool turn_median_open(struct turn_median *median)
{
    *median = (struct turn_median){0};
    return histogram_open(&median->before, 0, HISTOGRAM_BUCKETS);
}

void turn_median_close(struct turn_median *median)
{
    histogram_close(&median->before);
}

/* Returns the total duration of all recorded iterations, with and without stamps and prefill. */
static uint64_t iterations_ns(const struct run *run)
{
    return run->histograms[METRIC_ITERATION].total_ns + run->histograms[METRIC_DECODE].total_ns +
           run->histograms[METRIC_BARE].total_ns + run->histograms[METRIC_UNPHASED].total_ns;
}

void turn_median_begin(struct turn_median *median, const struct run *run)
{
    median->metric = run_decode_metric(run);
    median->before_ns = iterations_ns(run);
    histogram_copy(&median->before, &run->histograms[median->metric]);
}

/* Returns the samples from before this time slice. If the run's metric has changed since, there are
 * none, because the metric changes with its first sample. */
static const struct histogram *before_of(const struct turn_median *median, const struct run *run)
{
    static const struct histogram none;
    return run_decode_metric(run) == median->metric ? &median->before : &none;
}

uint64_t turn_median_taken_ns(const struct turn_median *median, const struct run *run)
{
    return iterations_ns(run) - median->before_ns;
}

bool turn_median_is_unit(const struct turn_median *median, const struct run *run)
{
    const struct histogram *now = &run->histograms[run_decode_metric(run)];
    return turn_median_taken_ns(median, run) >= TURN_MEDIAN_LEAST_NS &&
           now->count >= before_of(median, run)->count + TURN_MEDIAN_SAMPLES;
}

void turn_median_end(const struct turn_median *median, struct run *run)
{
    if (!turn_median_is_unit(median, run))
        return;
    const struct histogram *now = &run->histograms[run_decode_metric(run)];
    const uint64_t p50_ns = histogram_percentile_since(now, before_of(median, run), 0.5);
    evidence_add(&run->turns, (double)p50_ns);
    run->version++;
}
