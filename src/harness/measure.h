/*
 * measure.h - a task for a child process (isolate.h): has the worker run one variant at a time
 * until it is measured well enough.
 */
#pragma once

#include "isolate.h"

/* The threshold of --until-stable for half the 95 % confidence interval of the iteration's median,
 * divided by the median. The interval is only a stopping rule: because it is checked repeatedly, it
 * misses the true median in more than 5 % of cases. */
#define MEASURE_STABLE       0.005
#define MEASURE_STABLE_LEAST 50u /* iterations; a run with fewer is never stable */

/* Runs a variant until it is done, failed or skipped, or its duration is over, or it is stable;
 * then waits for its verdict. The run may take the order's limit_ns after its preparation, or four
 * times that if it has no sample yet. The verdict may take another limit_ns, at most 10 s. Time in
 * which the process was stopped or the machine slept does not count; with it, up to 0.2 s of
 * running time may not count either. */
extern const struct isolate_task measure_task;

/* Returns half the 95 % confidence interval of the iteration's median, divided by the median.
 * Infinite if there are fewer than MEASURE_STABLE_LEAST iterations. */
double measure_median_error(const struct run *run);

/* Returns how much is left of a duration that began at recording_ns (0: it has not begun). If
 * duration_ns is 0, there is no limit: returns UINT64_MAX. */
uint64_t measure_time_left(uint64_t duration_ns, uint64_t recording_ns);
