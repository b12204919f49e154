/*
 * report_breakdown.h - where the time of steps went, and what that suggests, as plain text.
 */
#ifndef SRC_REPORT_BREAKDOWN_H
#define SRC_REPORT_BREAKDOWN_H

#include "report.h"

#define REPORT_BREAKDOWN_ROOM 512u

/* One sentence of a run that measured what it waited for: the parts of a mean step, how near it is
 * to the ceiling, how far apart programs end, what phases cost. "" of any other. Returns `text`. */
const char *report_breakdown_text(const struct run *run, char text[REPORT_BREAKDOWN_ROOM]);

/* That sentence of every run that has one. */
void report_breakdowns(const struct report *report, const struct run *runs, size_t count);

/* Below "advice" a line for every run that there is advice for (advice.h). */
void report_advice(const struct report *report, const struct run *runs, size_t count);

#endif
