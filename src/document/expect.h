/*
 * expect.h - reads, checks and writes expectations (pdlab.expect/2): how fast iterations should be.
 * Its schema is presets/schema/pdlab.expect.2.schema.json. The reader also accepts pdlab.expect/1,
 * which has no spread.
 *
 * An entry applies to one variant with the knobs that the entry names. It does not constrain other
 * knobs, knobs that the variant does not read, or WARMUP and ITERATIONS, which say how long to
 * measure, not what.
 */
#pragma once

#include "../engine/run.h"

#include <stdio.h>

#define EXPECT_SCHEMA    "pdlab.expect/2"
#define EXPECT_MOST      1024u /* most entries in one file */
#define EXPECT_TOLERANCE 0.10  /* the default tolerance of an entry */

/* Knobs that say only how long to measure. */
#define EXPECT_LENGTH_KNOBS (KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

struct expectation {
    char variant[48];
    uint64_t knobs_set; /* KNOB_BITs of the knobs that the entry names */
    struct knobs knobs;
    struct run_model model; /* the model that was loaded from files; both members are "" without
                               one */
    uint64_t iteration_p50_ns;
    bool of_decode;     /* the median is that of run_decode_metric; false in a pdlab.expect/1: of
                           METRIC_ITERATION */
    double spread;      /* standard deviation of ln(p50) between processes */
    uint32_t processes; /* number of processes behind the spread; 0: unknown */
    double tolerance;   /* with 0.10, a p50 of up to 1.10 times the expected p50 passes */
};

struct expectations {
    char device[96];             /* the device on which the expectations were measured; "": any */
    struct expectation *entries; /* owned; at least one after a successful read */
    size_t count;
};

/* Reads expectations from text; *error calls the text `name`. On failure, returns false; there is
 * nothing to free. */
bool expect_parse(const char *text, size_t length, const char *name,
                  struct expectations *expectations, struct error *error);

/* Reads expectations from a path. */
bool expect_read(const char *path, struct expectations *expectations, struct error *error);

void expect_free(struct expectations *expectations); /* a zeroed struct is allowed */

/* The measured median divided by the expected median, with its 95 % interval. With at least
 * EVIDENCE_LEAST measured processes, the interval follows from the spread of the measured and
 * expected medians; with fewer, from the device's noise between processes. */
struct expect_ratio {
    double value, low, high;
    double half; /* half the 95 % interval of the measured median alone, relative to that median */
};

enum expect_verdict {
    EXPECT_MET,
    EXPECT_SLOWER,     /* the whole interval is above the tolerance */
    EXPECT_UNVERIFIED, /* fast enough, but the output is not verified */
    EXPECT_UNMEASURED, /* skipped, failed, or ended before its first iteration */
    EXPECT_OTHER_KNOBS,
    EXPECT_NOT_RUN, /* the variant was not among the runs */
};

/* Writes why an entry does not apply to a run: "run with SEQ_LEN 32, not 64". */
void expect_describe_knobs(const struct expectation *entry, const struct run *run, char *text,
                           size_t size);

/* Returns the ratio of a run to an entry. The run must have samples. */
struct expect_ratio expect_ratio(const struct expectation *entry, const struct run *run);

/* Finds the run of an entry's variant among `runs` and judges it. *run is that run, or NULL. */
enum expect_verdict expect_judge(const struct expectation *entry, const struct run *runs,
                                 size_t count, const struct run **run);

/* Whether any entry applies to one of `runs`, which need not have samples yet. If not, *error names
 * the file at `path` and the reason for the first entry. */
bool expect_applies(const struct expectations *expectations, const struct run *runs, size_t count,
                    const char *path, struct error *error);

/* Prints a table with one row per entry. If `device` is not the expectations' device, first prints
 * how they differ. `plus_minus` is the text of the sign ±. Returns how many runs were slower than
 * expected. */
size_t expect_print(FILE *out, const char *plus_minus, const struct expectations *expectations,
                    const char *device, const struct run *runs, size_t count);

/* Writes a pdlab.expect/2 file with one entry for each measured and verified run among `runs`, with
 * the tolerance EXPECT_TOLERANCE. Prints the variants of the other runs on `out`, one per line.
 * Returns false and sets *error if no run qualifies, or the file cannot be written. */
bool expect_write(FILE *out, const char *path, const char *device, const struct run *runs,
                  size_t count, struct error *error);
