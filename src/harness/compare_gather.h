/*
 * compare_gather.h - makes comparisons from documents: collects the runs of each side, pools the
 * runs of several documents with the same configuration, and compares each run with its counterpart
 * in side A.
 */
#pragma once

#include "compare_print.h"

/* The caller sets each side's letter, path and set; this function fills in its runs, matches and
 * comparisons, corrected for multiple comparisons. Without `force`, refuses different workloads.
 * Returns false and sets *error on failure; the caller must close the sides even then. */
bool compare_gather(struct compare_side *sides, size_t count, bool force, struct error *error);

/* Frees what compare_gather allocated, but not the set. A zeroed side is allowed. */
void compare_close(struct compare_side *side);
