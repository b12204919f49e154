/*
 * heat.h - where the samples of a run lay, second by second: a row of shares for each, with a mark
 * where a knob was turned. Pure: time comes from the caller.
 */
#ifndef UI_HEAT_H
#define UI_HEAT_H

#include "../../src/engine/run.h"

#define HEAT_ROWS        24u
#define HEAT_BINS        1758u /* of 16 buckets each: 64 to a power of two */
#define HEAT_INTERVAL_NS UINT64_C(1000000000)
_Static_assert(HEAT_BINS == (HISTOGRAM_BUCKETS + 15) / 16, "all buckets have a bin");

struct heat_row {
    uint64_t count; /* samples of that interval */
    char mark[32];  /* "BATCH 16": a knob that was turned in it; "" for none */
    uint32_t bins[HEAT_BINS];
};

struct heat {
    struct heat_row rows[HEAT_ROWS]; /* a ring */
    uint32_t next, count;            /* rows in use */
    uint64_t taken_ns;               /* when the last interval ended; 0: nothing is followed */
    uint64_t epoch;                  /* of the run that is followed, and what it is */
    char variant[48];
    enum metric metric;
    struct knobs asked;
    char mark[32]; /* for the next row */
    uint64_t seen_count;
    uint64_t seen[HEAT_BINS]; /* counted before this interval */
};

/* Looks at a run at now_ns. Another variant or metric begins anew; another epoch of the same goes
 * on, with a mark. True if a row was added. */
bool heat_follow(struct heat *heat, const struct run *run, enum metric metric, uint64_t now_ns);

/* A row, 0 the newest; NULL where there is none. */
const struct heat_row *heat_at(const struct heat *heat, uint32_t age);

/* The share of a row's samples in [lower_ns, upper_ns): 0 to 1. A bin that reaches over an end
 * counts by how much of it is inside. */
double heat_share(const struct heat_row *row, double lower_ns, double upper_ns);

#endif
