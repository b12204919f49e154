/*
 * paired.h - measurements in pairs: runs in the lab's worker, and the ratio of two sides.
 */
#pragma once

#include "../../src/engine/evidence.h"
#include "../../src/engine/worker.h"

/* Starts a worker on the first variant's device and carries out the request for `seconds`, counted
 * from the selected run's first sample. Returns the worker, for worker_stop; *last is its newest
 * snapshot. Exits with a message if the worker fails or a run has no samples. */
struct worker *paired_run(const struct request *request, double seconds,
                          const struct snapshot **last);

/* Prints `what` and the ratio of a's median to b's, with the 95 % interval that verdicts use. */
void paired_print(const char *what, const struct evidence *a, const struct evidence *b);
