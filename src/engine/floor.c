#include "floor.h"
#include "../../kernels/workload.h"

#include <math.h>

/* The least known value among `count` values; 0 if none is known. */
static double least_known(const double *values, size_t count)
{
    double least = 0;
    for (size_t i = 0; i < count; i++)
        if (values[i] > 0 && (least == 0 || values[i] < least))
            least = values[i];
    return least;
}

static double cheapest_barrier(const struct ceilings *ceilings)
{
    const double barriers[] = {
        ceilings->block_barrier_ns,     ceilings->cluster2_barrier_ns,
        ceilings->cluster4_barrier_ns,  ceilings->cluster8_barrier_ns,
        ceilings->cluster16_barrier_ns, ceilings->flag_barrier_ns,
        ceilings->grid_barrier_ns,
    };
    return least_known(barriers, sizeof barriers / sizeof *barriers);
}

static double cluster_barrier(const struct ceilings *ceilings, uint32_t programs)
{
    return programs >= 16  ? ceilings->cluster16_barrier_ns
           : programs >= 8 ? ceilings->cluster8_barrier_ns
           : programs >= 4 ? ceilings->cluster4_barrier_ns
                           : ceilings->cluster2_barrier_ns;
}

/* Finds the cost of the run's barrier. False: unknown. */
static bool find_barrier(const struct ceilings *ceilings, const struct device_info *device,
                         const struct run *run, double *barrier_ns)
{
    const uint32_t programs = run->facts.programs;
    const bool all = programs >= device->units;
    const bool own =
        run->known && (run->known->knobs & KNOB_BIT(STEP_SYNC)) && run_knows(run, KNOB_STEP_SYNC);
    *barrier_ns = 0;
    if (run->facts.free_running || (device->backend == BACKEND_CPU && programs <= 1))
        return true;
    switch (own ? (enum step_sync)run->used.step_sync : SYNC_AUTO) {
    case SYNC_NONE:
        return true;
    case SYNC_BLOCK:
        *barrier_ns = ceilings->block_barrier_ns;
        break;
    case SYNC_CLUSTER:
        *barrier_ns = cluster_barrier(ceilings, programs);
        break;
    case SYNC_FLAG:
        *barrier_ns = all && ceilings->flag_barrier_all_ns > 0 ? ceilings->flag_barrier_all_ns
                                                               : ceilings->flag_barrier_ns;
        break;
    case SYNC_GRID:
        *barrier_ns = all && ceilings->grid_barrier_all_ns > 0 ? ceilings->grid_barrier_all_ns
                                                               : ceilings->grid_barrier_ns;
        break;
    case SYNC_AUTO:
        *barrier_ns = cheapest_barrier(ceilings);
        break;
    }
    return *barrier_ns > 0;
}

/* The cost of starting an iteration and learning that it ended; 0: unknown. */
static double find_start(const struct ceilings *ceilings, const struct device_info *device,
                         const struct run *run)
{
    if (device->backend == BACKEND_CPU)
        return ceilings->wake_ns;
    if (run->facts.launches_per_iteration == 0)
        return ceilings->doorbell_ns;
    const double starts[] = {ceilings->launch_sync_ns, ceilings->launch_seen_ns,
                             ceilings->graph_sync_ns};
    return least_known(starts, sizeof starts / sizeof *starts);
}

struct floor floor_of(const struct ceilings *ceilings, const struct device_info *device,
                      const struct run *run)
{
    const struct workload *workload = run_workload(run);
    const double steps = (double)run->used.seq_len, bytes = (double)run->step_bytes;
    const double dependent_ns = workload->dependent_step_ns(ceilings);
    const bool same = workload->rereads && workload->rereads(&run->used);
    const double most_bytes = same ? bytes : bytes * steps; /* bytes that an iteration accesses */
    const bool cached =
        ceilings->cached_read_gb_per_s > 0 && most_bytes <= (double)device->cache_bytes;
    const double rate = cached ? ceilings->cached_read_gb_per_s : ceilings->read_gb_per_s;
    double barrier_ns;
    if (rate <= 0 || dependent_ns <= 0 || !find_barrier(ceilings, device, run, &barrier_ns))
        return (struct floor){.gb_per_s = fmax(rate, 0)};
    const double step_ns = fmax(bytes / rate, barrier_ns + dependent_ns);
    const double start_ns = find_start(ceilings, device, run);
    return (struct floor){
        .gb_per_s = rate,
        .step_ns = (uint64_t)llround(step_ns),
        .iteration_ns = start_ns > 0 ? (uint64_t)llround(step_ns * steps + start_ns) : 0,
    };
}

/* The median to compare a floor with; 0: none. */
static double median_of(const struct run *run, enum metric metric)
{
    const enum metric measured = metric == METRIC_ITERATION ? run_decode_metric(run) : metric;
    return run_p50_ns(run, measured);
}

uint64_t floor_ns(const struct run *run, enum metric metric)
{
    const uint64_t drawn_ns = metric == METRIC_STEP        ? run->floor_ns
                              : metric == METRIC_ITERATION ? run->iteration_floor_ns
                                                           : 0;
    const double p50_ns = median_of(run, metric);
    return p50_ns > 0 && p50_ns < (double)drawn_ns ? 0 : drawn_ns;
}

double floor_share(const struct run *run, enum metric metric)
{
    const double floor = (double)floor_ns(run, metric), p50_ns = median_of(run, metric);
    return floor > 0 && p50_ns > 0 ? floor / p50_ns : 0;
}
