/*
 * compare_gather.h - from documents to comparisons: collects the runs of each side, pools runs
 * of several documents that measured the same, and compares each with its counterpart in A.
 */
#pragma once

#include "compare_print.h"

/* Fills in sides that have their letter, path and set: runs, matches and comparisons, corrected
 * for multiple comparisons. Without `force`, refuses different workloads. False: *error; close
 * the sides all the same. */
bool compare_gather(struct compare_side *sides, size_t count, bool force, struct error *error);

/* Frees what compare_gather allocated; the set stays. A zeroed one is allowed. */
void compare_close(struct compare_side *side);
