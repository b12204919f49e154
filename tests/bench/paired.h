/*
 * paired.h - paired measurements: the runs, and the interval of their ratio.
 */
#pragma once

#include "../../src/engine/worker.h"

/* Starts a worker on the first variant's device and carries out the request, for `seconds` from the
 * selected run's first sample. Returns the worker, for worker_stop; *last is its newest snapshot.
 * Ends the program with a sentence if there is no worker or a run has no samples. */
struct worker *paired_run(const struct request *request, double seconds,
                          const struct snapshot **last);

/* Sorts n ratios. Returns their median and its distribution-free 95 % interval. */
struct paired_ratio {
    double median, low, high;
};
struct paired_ratio paired_ratio(double *ratios, int n);
