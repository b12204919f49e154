/*
 * expect.h - pdlab.expect/2: how fast iterations should be, and whether they were.
 * presets/schema/pdlab.expect.2.schema.json is its schema. The reader takes pdlab.expect/1 too,
 * which has no spread.
 *
 * An entry speaks of one variant under the knobs that it names; a knob that it leaves out, and one
 * that the variant doesn't read, may be anything, and so may WARMUP and ITERATIONS: they say how
 * long is measured, not what.
 */
#ifndef SRC_EXPECT_H
#define SRC_EXPECT_H

#include "../engine/run.h"

#include <stdio.h>

#define EXPECT_SCHEMA    "pdlab.expect/2"
#define EXPECT_MOST      1024u /* entries of a file */
#define EXPECT_TOLERANCE 0.10  /* where an entry names none */

/* Knobs that say how long is measured, and not what. */
#define EXPECT_LENGTH_KNOBS (KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

struct expectation {
    char variant[48];
    uint64_t knobs_set; /* KNOB_BITs of the knobs that it names */
    struct knobs knobs;
    uint64_t iteration_p50_ns;
    bool of_decode;     /* that is of run_decode_metric; of a pdlab.expect/1, of METRIC_ITERATION */
    double spread;      /* standard deviation of ln(p50) between processes */
    uint32_t processes; /* that the spread is of; 0: it is not known */
    double tolerance;   /* 0.10: a p50 of up to 1.10 times the expected one is met */
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

/* What was measured over what is expected, with its 95 % interval. By EVIDENCE_LEAST processes
 * measured, the interval is that of their medians and of the expected ones; by fewer, that of the
 * noise between processes on the device. */
struct expect_ratio {
    double value, low, high;
    double half; /* of the interval of what was measured alone, as a part of it */
};

enum expect_verdict {
    EXPECT_MET,
    EXPECT_SLOWER,     /* the whole interval is above what the tolerance allows */
    EXPECT_UNVERIFIED, /* fast enough, but its output is not known to be right */
    EXPECT_UNMEASURED, /* skipped, failed, or it was over before its first iteration */
    EXPECT_OTHER_KNOBS,
    EXPECT_NOT_RUN, /* the variant was not asked for */
};

/* Why an entry is not about what was run: "run with SEQ_LEN 32, not 64". */
void expect_describe_knobs(const struct expectation *entry, const struct run *run, char *text,
                           size_t size);

/* Of a run that has samples. */
struct expect_ratio expect_ratio(const struct expectation *entry, const struct run *run);

/* Holds an entry against the run of its variant among `runs`; *run is that one, or NULL. */
enum expect_verdict expect_judge(const struct expectation *entry, const struct run *runs,
                                 size_t count, const struct run **run);

/* Whether an entry is about one of `runs`, which need not have samples yet. If not, *error says so
 * of the file at `path`, and why the first entry is not. */
bool expect_applies(const struct expectations *expectations, const struct run *runs, size_t count,
                    const char *path, struct error *error);

/* Prints a table, a row an entry, and above it what differs where `device` is another than theirs.
 * `plus_minus` is how that sign is written. Returns how many were slower. */
size_t expect_print(FILE *out, const char *plus_minus, const struct expectations *expectations,
                    const char *device, const struct run *runs, size_t count);

/* Writes a pdlab.expect/2 of those of `runs` that were measured and verified, with
 * EXPECT_TOLERANCE, and names the others on `out`, a line each. False: *error; there were none, or
 * the file could not be written. */
bool expect_write(FILE *out, const char *path, const char *device, const struct run *runs,
                  size_t count, struct error *error);

#endif
