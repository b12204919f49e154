/*
 * report_verdicts.h - what the processes of a run say of its variants: who is faster than the
 * baseline, and who is fastest.
 */
#ifndef SRC_REPORT_VERDICTS_H
#define SRC_REPORT_VERDICTS_H

#include "report.h"

/* A line for each run that has a verdict against its baseline, corrected for being many, and one
 * for each workload of which two runs or more can be compared: its fastest, and those that can't be
 * told from it. Nothing where each run has one process. */
void report_verdicts(const struct report *report, const struct device_info *device,
                     const struct run *runs, size_t count);

#endif
