/*
 * report.h - prints runs as plain text: a table, and a section with a histogram for each run. The
 * text is the same for live runs and recordings, except that every part says if it is recorded.
 *
 * The caller must check the stream for write errors when it closes the stream.
 */
#pragma once

#include "../document/document.h"
#include "../engine/knobs.h"

#include <stdio.h>

struct report {
    FILE *out;
    bool plain; /* print sentences instead of tables and bars, for screen readers */
    bool unicode;
    const char *recorded;                 /* "RECORDED on …"; NULL: a live measurement */
    const struct device_info *device;     /* the device that the runs used; NULL: unknown */
    const struct knob_settings *settings; /* where the knobs' values came from; NULL: unknown */
};

/* Prints a device in one line, after a label of at most nine characters. */
void report_device_line(FILE *out, const char *label, const struct device_info *device);

/* Writes how much of a run's output was verified: "8 of 8", "WRONG" or "unverified". Returns
 * `text`. */
const char *report_verified(char *text, size_t size, const struct verification *verification);

/* Prints the device, and a statement that times are service times. */
void report_device(const struct report *report, const struct device_info *device);

/* Prints what disturbed the measurement of a run, which the line calls `name`. Prints nothing if
 * nothing disturbed it. */
void report_disturbance(FILE *out, const char *name, const struct run *run);

/* Prints a row, or a sentence, for each run that has samples: percentiles, rates, speed-up over the
 * baseline, verification. Below the rows, prints why other runs have no row, wrong outputs, time
 * breakdowns and advice. */
void report_table(const struct report *report, const struct run *runs, size_t count);

/* Prints a run in full: lesson, knobs, figures, and the histogram of its steps. */
void report_run(const struct report *report, const struct run *run);
