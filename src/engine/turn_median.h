/*
 * turn_median.h - the median of a single time slice's samples: one unit of evidence when live
 * runs are compared (evidence.h).
 */
#pragma once

#include "run.h"

/* Shorter time slices are not units of evidence. */
#define TURN_MEDIAN_LEAST_NS UINT64_C(400000000) /* sum of recorded iterations */
#define TURN_MEDIAN_SAMPLES  10u

struct turn_median {
    struct histogram before; /* the run's samples when the time slice began; owned */
    enum metric metric;      /* the metric of these samples */
    uint64_t before_ns;      /* total duration of all iterations recorded before */
};

/* Allocates memory. False: out of memory. */
bool turn_median_open(struct turn_median *median);
void turn_median_close(struct turn_median *median); /* a zeroed struct is allowed */

/* Begins a time slice of the run. The cost is proportional to the histogram's buckets in use. */
void turn_median_begin(struct turn_median *median, const struct run *run);

/* Returns the total duration of the iterations recorded in this time slice. */
uint64_t turn_median_taken_ns(const struct turn_median *median, const struct run *run);

/* Whether the time slice is long enough to be a unit. */
bool turn_median_is_unit(const struct turn_median *median, const struct run *run);

/* Ends the time slice: if it is a unit, adds its median to run->turns. */
void turn_median_end(const struct turn_median *median, struct run *run);
