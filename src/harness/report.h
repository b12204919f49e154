/*
 * report.h - runs as plain text: a table, and a section for each run with its histogram. Live runs
 * and recordings are printed alike; a recording says so in every part.
 *
 * Errors of writing are left in the stream, for whoever closes it.
 */
#ifndef SRC_REPORT_H
#define SRC_REPORT_H

#include "../document/document.h"
#include "../engine/knobs.h"

#include <stdio.h>

struct report {
    FILE *out;
    bool plain; /* sentences in the place of tables and bars: it may be read aloud */
    bool unicode;
    const char *recorded;                 /* "RECORDED on …"; NULL: measured just now */
    const struct device_info *device;     /* that they ran on; NULL: not known */
    const struct knob_settings *settings; /* where the knobs came from; NULL: not known */
};

/* A device in one line, behind a label of at most nine letters. */
void report_device_line(FILE *out, const char *label, const struct device_info *device);

/* What it ran on, and that times are service times. */
void report_device(const struct report *report, const struct device_info *device);

/* A row, or a sentence, for each run that has samples: percentiles, rates, speed-up over the
 * baseline, verified. Below, why others have none and what was wrong, where the time went and what
 * that suggests. */
void report_table(const struct report *report, const struct run *runs, size_t count);

/* A run in full: lesson, knobs, figures, the histogram of its steps. */
void report_run(const struct report *report, const struct run *run);

#endif
