/*
 * report_breakdown.h - prints step time breakdowns and advice as plain text.
 */
#pragma once

#include "report.h"

#define REPORT_BREAKDOWN_ROOM 768u

/* Writes one sentence for a run that measured its waits; "" for other runs. The sentence gives the
 * parts of a mean step, the time that its bytes take at peak bandwidth, how far apart programs end,
 * the cost of measuring phases, and the longest operations. Returns `text`. */
const char *report_breakdown_text(const struct run *run, char text[REPORT_BREAKDOWN_ROOM]);

/* Appends "; stamps cost 12 ns a step, give or take 3 ns", unless the cost may be noise. `cost_of`
 * is run_stamp_cost or run_phase_cost. */
void report_append_cost(char *text, size_t size, const struct run *run, const char *what,
                        bool (*cost_of)(const struct run *run, double *cost_ns, double *error_ns));

/* Prints the sentence of report_breakdown_text for every run that has one. */
void report_breakdowns(const struct report *report, const struct run *runs, size_t count);

/* Prints one line for every run with advice (advice.h). The first line begins with "advice". */
void report_advice(const struct report *report, const struct run *runs, size_t count);
