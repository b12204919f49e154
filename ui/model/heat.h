/*
 * heat.h - the distribution of a run's samples, one row per second, with a mark where a knob
 * changed. Pure: the caller passes the time.
 */
#pragma once

#include "../../src/engine/run.h"

#define HEAT_ROWS        24u
#define HEAT_BINS        1758u /* of 16 buckets each: 64 per power of two */
#define HEAT_INTERVAL_NS UINT64_C(1000000000)
_Static_assert(HEAT_BINS == (HISTOGRAM_BUCKETS + 15) / 16, "all buckets have a bin");

struct heat_row {
    uint64_t count; /* samples in that interval */
    char mark[32];  /* the knob that changed in it, "BATCH 16"; "": none */
    uint32_t bins[HEAT_BINS];
};

struct heat {
    struct heat_row rows[HEAT_ROWS]; /* a ring */
    uint32_t next, count;            /* the row to write next; rows in use */
    uint64_t taken_ns;               /* when the last interval ended; 0: no run is followed */
    uint64_t epoch; /* epoch, variant, metric and knobs of the run that is followed */
    char variant[48];
    enum metric metric;
    struct knobs asked;
    char mark[32]; /* for the next row */
    uint64_t seen_count;
    uint64_t seen[HEAT_BINS]; /* counts at the start of this interval */
};

/* Adds a run's new samples at now_ns. A new variant or metric clears the rows; a new epoch of the
 * same variant continues with a mark. True if a row was added. */
bool heat_follow(struct heat *heat, const struct run *run, enum metric metric, uint64_t now_ns);

/* A row, 0 the newest; NULL: none. */
const struct heat_row *heat_at(const struct heat *heat, uint32_t age);

/* The share of a row's samples in [lower_ns, upper_ns), 0 to 1. A bin that crosses an end counts in
 * proportion. */
double heat_share(const struct heat_row *row, double lower_ns, double upper_ns);
