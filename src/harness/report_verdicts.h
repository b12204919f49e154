/*
 * report_verdicts.h - verdicts from several processes: which variants are faster than the
 * baseline, and which is fastest.
 */
#pragma once

#include "report.h"

/* Prints one line for each run with a verdict against its baseline, corrected for multiple
 * comparisons, and one for each workload with at least two comparable runs: the fastest run and
 * those not significantly slower. Prints nothing if each run has one process. */
void report_verdicts(const struct report *report, const struct device_info *device,
                     const struct run *runs, size_t count);
