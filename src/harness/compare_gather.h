/*
 * compare_gather.h - from documents to comparisons: the runs of each side, those of several
 * documents that measured the same pooled into one, and each set against its counterpart in A.
 */
#ifndef SRC_COMPARE_GATHER_H
#define SRC_COMPARE_GATHER_H

#include "compare_print.h"

/* Fills sides whose letter, path and set are there: runs, matches and comparisons, corrected for
 * being many. Refused without `force`: runs that did not do the same work. False: *error; close the
 * sides all the same. */
bool compare_gather(struct compare_side *sides, size_t count, bool force, struct error *error);

/* Frees what compare_gather took; the set stays. A zeroed one is fine. */
void compare_close(struct compare_side *side);

#endif
