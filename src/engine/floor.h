/*
 * floor.h - what no variant can beat on a device, from its measured ceilings.
 *
 *     a step: max(bytes / bandwidth, barrier + dependent step)
 *     an iteration: SEQ_LEN steps, and its start
 *
 * - bytes: the least that a step moves, as the workload says.
 * - bandwidth: that of memory. Where all that an iteration touches fits into the last cache, so
 *   that the next one may find it there, the cache's.
 * - barrier: that of the run's STEP_SYNC, at the measured number of programs next to its own. None
 *   where programs run freely, or there is one thread. A variant without a barrier inside a kernel
 *   (a launch a token, a graph of nodes) is held against the cheapest that the device offers: how
 *   it hands over is its own choice, and what that costs is what the floor is there to show.
 * - dependent step: as the workload says; that of `dot` at HEAD_DIM 64 in all of them until now.
 * - start: the cheapest way that was measured to launch, or to replay a graph, and to learn of the
 *   end; the doorbell for a variant that launches nothing; on a CPU the wake of the host.
 */
#ifndef SRC_FLOOR_H
#define SRC_FLOOR_H

#include "run.h"

struct floor {
    uint64_t step_ns, iteration_ns; /* 0: not known */
    double gb_per_s;                /* the bandwidth that it is drawn from; 0: not known */
};

/* Where a ceiling that it needs is not known, neither is the floor. */
struct floor floor_of(const struct ceilings *ceilings, const struct device_info *device,
                      const struct run *run);

/* The floor of METRIC_STEP or METRIC_ITERATION in ns; 0: not known, of another metric, or beaten by
 * the median: then what it was drawn from was measured while something else was busy, and it is
 * none. */
uint64_t floor_ns(const struct run *run, enum metric metric);

/* floor over what was measured: 0.5 is twice the floor. The median of the metric that `run` has a
 * floor for, METRIC_STEP or METRIC_ITERATION; 0 where there is no floor or there are no samples. */
double floor_share(const struct run *run, enum metric metric);

#endif
