/*
 * expect.h - pdlab.expect/1: how fast iterations should be, and whether they were.
 * presets/schema/pdlab.expect.1.schema.json is its schema.
 *
 * An entry speaks of one variant under the knobs that it names; a knob that it leaves out, and one
 * that the variant doesn't read, may be anything, and so may WARMUP and ITERATIONS: they say how
 * long is measured, not what.
 */
#ifndef SRC_EXPECT_H
#define SRC_EXPECT_H

#include "run.h"

#include <stdio.h>

#define EXPECT_MOST      1024u /* entries of a file */
#define EXPECT_TOLERANCE 0.10  /* where an entry names none */

struct expectation {
    char variant[48];
    uint64_t knobs_set; /* KNOB_BITs of the knobs that it names */
    struct knobs knobs;
    uint64_t iteration_p50_ns;
    double tolerance; /* 0.10: a p50 of up to 1.10 times the expected one is met */
};

struct expectations {
    char device[96];             /* the name of the one they were made on; "": any */
    struct expectation *entries; /* owned; at least one once they were read */
    size_t count;
};

/* Reads expectations from text; `name` is what *error calls it. False: nothing is held. */
bool expect_parse(const char *text, size_t length, const char *name,
                  struct expectations *expectations, struct error *error);

/* Reads them from a path. */
bool expect_read(const char *path, struct expectations *expectations, struct error *error);

void expect_free(struct expectations *expectations); /* a zeroed one is fine */

enum expect_verdict {
    EXPECT_MET,
    EXPECT_SLOWER,     /* than the tolerance allows */
    EXPECT_UNVERIFIED, /* fast enough, but its output is not known to be right */
    EXPECT_UNMEASURED, /* skipped, failed, or it was over before its first iteration */
    EXPECT_OTHER_KNOBS,
    EXPECT_NOT_RUN, /* the variant was not asked for */
};

/* Holds an entry against the run of its variant among `runs`; *run is that one, or NULL. */
enum expect_verdict expect_judge(const struct expectation *entry, const struct run *runs,
                                 size_t count, const struct run **run);

/* Whether an entry is about one of `runs`, which need not have samples yet. If not, *error says so
 * of the file at `path`, and why the first entry is not. */
bool expect_applies(const struct expectations *expectations, const struct run *runs, size_t count,
                    const char *path, struct error *error);

/* Prints a table, a row an entry, and above it what differs where `device` is another than theirs.
 * Returns how many were slower. */
size_t expect_print(FILE *out, const struct expectations *expectations, const char *device,
                    const struct run *runs, size_t count);

#endif
