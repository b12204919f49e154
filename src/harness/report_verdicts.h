/*
 * report_verdicts.h - prints verdicts for runs that several processes measured: which variants are
 * faster than the baseline, and which is fastest.
 */
#pragma once

#include "report.h"

/* Prints one line for each run that has a verdict against its baseline; the verdicts are corrected
 * for multiple comparisons. Prints one more line for each workload with at least two comparable
 * runs: the fastest run, and the runs that are not significantly slower. Prints nothing if every
 * run has only one process. */
void report_verdicts(const struct report *report, const struct device_info *device,
                     const struct run *runs, size_t count);
