/*
 * floor.h - the lower bound of a step or iteration on a device, from its measured ceilings.
 *
 *   a step: max(bytes / bandwidth, barrier + dependent step)
 *   an iteration: SEQ_LEN steps plus the start
 *
 * - bytes: the least that a step must move, given by the workload.
 * - bandwidth: of memory, or of the last-level cache if everything that an iteration accesses
 *   fits into it, so that the next iteration may find it there.
 * - barrier: the cost of the run's STEP_SYNC at the nearest measured number of programs. 0 if
 *   programs run freely or there is one thread. A variant without a barrier inside a kernel (one
 *   launch per token, a graph of nodes) gets the cheapest barrier of the device: its way of
 *   synchronising is its own choice, and the floor shows what that choice costs.
 * - dependent step: given by the workload; so far always that of `dot` at HEAD_DIM 64.
 * - start: the cheapest measured way to launch, or to replay a graph, and to learn of the end;
 *   the doorbell for a variant that launches nothing; on a CPU, waking the host.
 */
#pragma once

#include "run.h"

struct floor {
    uint64_t step_ns, iteration_ns; /* 0: unknown */
    double gb_per_s;                /* the bandwidth behind the floor; 0: unknown */
};

/* If a required ceiling is unknown, so is the floor. */
struct floor floor_of(const struct ceilings *ceilings, const struct device_info *device,
                      const struct run *run);

/* The floor of METRIC_STEP or METRIC_ITERATION in ns. 0: unknown, another metric, or above the
 * median: then something else was busy when the ceilings were measured, so it is no floor. */
uint64_t floor_ns(const struct run *run, enum metric metric);

/* floor / median: 0.5 means twice the floor. For METRIC_STEP or METRIC_ITERATION, whichever has
 * a floor; 0 without a floor or samples. */
double floor_share(const struct run *run, enum metric metric);
