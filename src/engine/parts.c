#include "parts.h"

#include "../../kernels/workload.h"

static double mean_of(const struct run *run, enum metric metric)
{
    const struct histogram *histogram = &run->histograms[metric];
    return histogram->count > 0 ? histogram_mean(histogram) : 0;
}

/* The four parts of a step. */
static bool take_step(const struct run *run, struct parts *parts)
{
    struct breakdown_means means;
    if (breakdown_means_of(run, &means) && means.step_ns > 0) {
        parts->phased = means.phased;
        parts->step[PART_GAP] = means.gap_ns;
        parts->step[PART_DATA] = means.data_ns;
        parts->step[PART_BARRIER] = means.barrier_ns;
        parts->step[PART_COMPUTE] = means.compute_ns;
        parts->step_ns = means.step_ns;
        return true;
    }
    const double busy_ns = mean_of(run, METRIC_BUSY), gap_ns = mean_of(run, METRIC_GAP);
    if (run->histograms[METRIC_GAP].count == 0 || busy_ns + gap_ns <= 0)
        return false;
    parts->step[PART_GAP] = gap_ns;
    parts->step[PART_COMPUTE] = busy_ns;
    parts->step_ns = gap_ns + busy_ns;
    return true;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* Before the first token of an iteration with a prefill there is the prefill, which the decode
 * alone has not. */
static void take_iteration(const struct run *run, struct parts *parts)
{
    const double whole_ns = mean_of(run, run_decode_metric(run));
    const struct workload *workload = run_workload(run);
    const bool prefill = workload && workload->has_prefill;
    parts->iteration_ns = whole_ns;
    parts->whole[PART_START] = prefill ? 0 : least(mean_of(run, METRIC_TTFT), whole_ns);
    parts->whole[PART_SYNC] =
        prefill ? 0 : least(mean_of(run, METRIC_SYNC), whole_ns - parts->whole[PART_START]);
    const double left_ns = whole_ns - parts->whole[PART_START] - parts->whole[PART_SYNC];
    for (int part = PART_GAP; part <= PART_COMPUTE; part++)
        parts->whole[part] = left_ns * parts->step[part] / parts->step_ns;
}

bool parts_of(const struct run *run, struct parts *parts)
{
    *parts = (struct parts){.free_running = run->facts.free_running};
    if (run->status >= RUN_FAILED || !take_step(run, parts)) {
        *parts = (struct parts){0};
        return false;
    }
    take_iteration(run, parts);
    return true;
}

const char *part_name(const struct parts *parts, enum part part)
{
    static const char *const names[PART_COUNT] = {
        [PART_START] = "first token",    [PART_GAP] = "gap",         [PART_DATA] = "data wait",
        [PART_BARRIER] = "barrier wait", [PART_COMPUTE] = "compute", [PART_SYNC] = "sync",
    };
    return part == PART_COMPUTE && !parts->phased ? "busy" : names[part];
}
