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
 *   programs run freely, or if a CPU runs a single thread. A variant without a barrier inside a
 *   kernel (one launch per token, a graph of nodes) gets the cheapest barrier of the device: it
 *   chose its way of synchronising, and the floor shows what that choice costs.
 * - dependent step: given by the workload; currently always that of `dot` at HEAD_DIM 64.
 * - start: the cheapest measured way to start an iteration, by a launch or a graph replay, and to
 *   learn that it ended. The doorbell's round trip for a variant that launches nothing. On a CPU,
 *   waking a thread.
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

/* Returns the floor of METRIC_STEP or METRIC_ITERATION in ns. 0 if it is unknown, for another
 * metric, or if it is above the run's median: then something disturbed the measurement of the
 * ceilings. */
uint64_t floor_ns(const struct run *run, enum metric metric);

/* Returns floor / median of METRIC_STEP or METRIC_ITERATION: 0.5 means that the median is twice the
 * floor. 0 without a floor or samples. */
double floor_share(const struct run *run, enum metric metric);
