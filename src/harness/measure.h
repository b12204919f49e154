/*
 * measure.h - the harness as a reader of the worker: one variant at a time, until what is measured
 * is enough. It is a task for a child process (isolate.h).
 */
#ifndef SRC_MEASURE_H
#define SRC_MEASURE_H

#include "isolate.h"

/* What --until-stable waits for: half the 95 % interval of the iteration's median, over the median.
 * The samples are looked at many times until it is reached, so the interval is a rule for stopping;
 * the chance that it misses the true median is more than 5 %. */
#define MEASURE_STABLE       0.005
#define MEASURE_STABLE_LEAST 50u /* iterations; with fewer nothing is stable */

/* Runs a variant until it is done, failed or skipped, its duration is over or it is stable, and its
 * verdict is in. Once prepared it gets the order's limit_ns, or up to four times that while it has
 * no sample; a late verdict is waited for as long again, but not over 10 s. Time in which the
 * process was stopped or the machine slept counts for none of these; with it goes at most 0.2 s
 * that did. */
extern const struct isolate_task measure_task;

/* Half the 95 % interval of the iteration's median over the median; infinite while there are less
 * than MEASURE_STABLE_LEAST iterations. */
double measure_median_error(const struct run *run);

/* What is left of a duration (0: no limit) that began at recording_ns (0: not yet); UINT64_MAX
 * where there is no limit. */
uint64_t measure_time_left(uint64_t duration_ns, uint64_t recording_ns);

#endif
