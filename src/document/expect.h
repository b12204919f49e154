/*
 * expect.h - pdlab.expect/2: how fast iterations should be, and whether they were. Its schema is
 * presets/schema/pdlab.expect.2.schema.json. The reader also accepts pdlab.expect/1, which has
 * no spread.
 *
 * An entry applies to one variant with the knobs that it names. It does not constrain other
 * knobs, knobs that the variant does not read, or WARMUP and ITERATIONS, which say how long to
 * measure, not what.
 */
#pragma once

#include "../engine/run.h"

#include <stdio.h>

#define EXPECT_SCHEMA    "pdlab.expect/2"
#define EXPECT_MOST      1024u /* entries in one file */
#define EXPECT_TOLERANCE 0.10  /* default of an entry */

/* Knobs that say how long to measure, not what. */
#define EXPECT_LENGTH_KNOBS (KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

struct expectation {
    char variant[48];
    uint64_t knobs_set; /* KNOB_BITs of the knobs that it names */
    struct knobs knobs;
    struct run_model model; /* the model that was read from files; both members "": none */
    uint64_t iteration_p50_ns;
    bool of_decode;     /* the median is of run_decode_metric; in a pdlab.expect/1, of
                           METRIC_ITERATION */
    double spread;      /* standard deviation of ln(p50) between processes */
    uint32_t processes; /* behind the spread; 0: unknown */
    double tolerance;   /* 0.10: a p50 of up to 1.10 times the expected one passes */
};

struct expectations {
    char device[96];             /* name of the device that the expectations come from; "": any */
    struct expectation *entries; /* owned; at least one after reading */
    size_t count;
};

/* Reads expectations from text; *error refers to it as `name`. False: nothing is held. */
bool expect_parse(const char *text, size_t length, const char *name,
                  struct expectations *expectations, struct error *error);

/* Reads them from a path. */
bool expect_read(const char *path, struct expectations *expectations, struct error *error);

void expect_free(struct expectations *expectations); /* a zeroed one is allowed */

/* Measured over expected, with its 95 % interval. With at least EVIDENCE_LEAST measured
 * processes, the interval is that of their medians and the expected ones; with fewer, that of
 * the device's noise between processes. */
struct expect_ratio {
    double value, low, high;
    double half; /* half the interval of the measurement alone, relative to it */
};

enum expect_verdict {
    EXPECT_MET,
    EXPECT_SLOWER,     /* the whole interval is above the tolerance */
    EXPECT_UNVERIFIED, /* fast enough, but its output is not verified */
    EXPECT_UNMEASURED, /* skipped, failed, or ended before its first iteration */
    EXPECT_OTHER_KNOBS,
    EXPECT_NOT_RUN, /* the variant was not requested */
};

/* Why an entry does not apply: "run with SEQ_LEN 32, not 64". */
void expect_describe_knobs(const struct expectation *entry, const struct run *run, char *text,
                           size_t size);

/* Of a run that has samples. */
struct expect_ratio expect_ratio(const struct expectation *entry, const struct run *run);

/* Judges an entry by the run of its variant among `runs`; *run is that run, or NULL. */
enum expect_verdict expect_judge(const struct expectation *entry, const struct run *runs,
                                 size_t count, const struct run **run);

/* Whether an entry applies to one of `runs`, which need not have samples yet. If not, *error
 * says so for the file at `path`, with the reason for the first entry. */
bool expect_applies(const struct expectations *expectations, const struct run *runs, size_t count,
                    const char *path, struct error *error);

/* Prints a table with one row per entry, preceded by the differences if `device` is not theirs.
 * `plus_minus` is how to print that sign. Returns how many were slower. */
size_t expect_print(FILE *out, const char *plus_minus, const struct expectations *expectations,
                    const char *device, const struct run *runs, size_t count);

/* Writes a pdlab.expect/2 from the measured and verified runs among `runs`, with
 * EXPECT_TOLERANCE. Prints the variants of the other runs on `out`, one per line. False: *error;
 * there were none, or the file could not be written. */
bool expect_write(FILE *out, const char *path, const char *device, const struct run *runs,
                  size_t count, struct error *error);
