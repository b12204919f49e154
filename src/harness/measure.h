/*
 * measure.h - the harness as a client of the worker: runs one variant at a time until it is
 * measured well enough. A task for a child process (isolate.h).
 */
#pragma once

#include "isolate.h"

/* The threshold of --until-stable: half the 95 % interval of the iteration's median, over the
 * median. The samples are checked many times until it is reached, so the interval is only a
 * stopping rule: it misses the true median in more than 5 % of cases. */
#define MEASURE_STABLE       0.005
#define MEASURE_STABLE_LEAST 50u /* iterations; fewer are never stable */

/* Runs a variant until it is done, failed or skipped, its duration is over or it is stable, and
 * its verdict has arrived. After preparation it gets the order's limit_ns, or up to four times
 * that while it has no sample; a late verdict gets the same time again, at most 10 s. Time in
 * which the process was stopped or the machine slept does not count; up to 0.2 s of running time
 * may be excluded with it. */
extern const struct isolate_task measure_task;

/* Half the 95 % interval of the iteration's median over the median; infinite below
 * MEASURE_STABLE_LEAST iterations. */
double measure_median_error(const struct run *run);

/* The remainder of a duration (0: no limit) that began at recording_ns (0: not yet); UINT64_MAX
 * without a limit. */
uint64_t measure_time_left(uint64_t duration_ns, uint64_t recording_ns);
