/*
 * heat.h - the distribution of a run's samples over time: one row per second, with a mark if a knob
 * changed. The caller passes the time.
 */
#pragma once

#include "../../src/engine/run.h"

#define HEAT_ROWS        24u
#define HEAT_BINS        1758u /* a bin is 16 histogram buckets; 64 bins per power of two */
#define HEAT_INTERVAL_NS UINT64_C(1000000000)
_Static_assert(HEAT_BINS == (HISTOGRAM_BUCKETS + 15) / 16, "all buckets have a bin");

struct heat_row {
    uint64_t count; /* samples in the row's interval */
    char mark[32];  /* the knob that changed in that interval: "BATCH 16"; "reset": a new epoch with
                       the same knobs; "": none */
    uint32_t bins[HEAT_BINS];
};

struct heat {
    struct heat_row rows[HEAT_ROWS]; /* a ring */
    uint32_t next, count; /* the index of the next row to write; the number of rows in use */
    uint64_t taken_ns;    /* when the last interval ended; 0: no run is followed */
    uint64_t epoch;       /* this and the next three: identify the followed run and its metric */
    char variant[48];
    enum metric metric;
    struct knobs asked;
    char mark[32]; /* the next row's mark */
    uint64_t seen_count;
    uint64_t seen[HEAT_BINS]; /* the run's counts at the start of the present interval */
};

/* Call when the run may have new samples. True: an interval has passed, and its row was added.
 * Another variant or metric clears the rows; another epoch of the same variant marks its first row.
 */
bool heat_follow(struct heat *heat, const struct run *run, enum metric metric, uint64_t now_ns);

/* Returns a row; 0 is the newest. NULL: none. */
const struct heat_row *heat_at(const struct heat *heat, uint32_t age);

/* Returns the share of a row's samples in [lower_ns, upper_ns), 0 to 1. A bin that is partly in the
 * range counts in proportion. */
double heat_share(const struct heat_row *row, double lower_ns, double upper_ns);
