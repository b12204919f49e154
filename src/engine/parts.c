#include "parts.h"

#include "../../kernels/workload.h"

#include <math.h>

/* Divides the median step in the proportions of the breakdown. False: the breakdown has no
 * phases. */
static bool take_phases(const struct run *run, struct parts *parts)
{
    struct breakdown_means means;
    if (!breakdown_means_of(run, &means) || !means.phased || means.step_ns <= 0)
        return false;
    const double scale = parts->step_ns / means.step_ns;
    parts->phased = true;
    parts->step[PART_GAP] = scale * means.gap_ns;
    parts->step[PART_DATA] = scale * means.data_ns;
    parts->step[PART_BARRIER] = scale * means.barrier_ns;
    parts->step[PART_COMPUTE] = scale * means.compute_ns;
    return true;
}

/* Fills the four parts of a step. False: they are unknown. */
static bool take_step(const struct run *run, struct parts *parts)
{
    parts->step_ns = run_p50_ns(run, METRIC_STEP);
    if (parts->step_ns <= 0)
        return false;
    if (take_phases(run, parts))
        return true;
    if (run->histograms[METRIC_GAP].count == 0 || run->histograms[METRIC_BUSY].count == 0)
        return false;
    parts->step[PART_GAP] = run_gap_share(run) * parts->step_ns;
    parts->step[PART_COMPUTE] = parts->step_ns - parts->step[PART_GAP];
    return true;
}

/* If the prefill is part of the workload, the time to first token contains the prefill and is not
 * the start. Start and sync then count as 0. */
static void take_iteration(const struct run *run, struct parts *parts)
{
    const double whole_ns = run_p50_ns(run, run_decode_metric(run));
    const struct workload *workload = run_workload(run);
    const bool prefill = workload && workload->has_prefill;
    parts->iteration_ns = whole_ns;
    parts->whole[PART_START] = prefill ? 0 : fmin(run_p50_ns(run, METRIC_TTFT), whole_ns);
    parts->whole[PART_SYNC] =
        prefill ? 0 : fmin(run_p50_ns(run, METRIC_SYNC), whole_ns - parts->whole[PART_START]);
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
