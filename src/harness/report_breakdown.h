/*
 * report_breakdown.h - step time breakdowns and advice as plain text.
 */
#pragma once

#include "report.h"

#define REPORT_BREAKDOWN_ROOM 768u

/* One sentence for a run that measured its waits: the parts of a mean step, its share of the
 * peak bandwidth, how far apart programs end, the cost of phases, and the operations that take
 * most of it. "" for other runs. Returns `text`. */
const char *report_breakdown_text(const struct run *run, char text[REPORT_BREAKDOWN_ROOM]);

/* Prints that sentence for every run that has one. */
void report_breakdowns(const struct report *report, const struct run *runs, size_t count);

/* Prints one line below "advice" for every run with advice (advice.h). */
void report_advice(const struct report *report, const struct run *runs, size_t count);
