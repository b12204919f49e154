/*
 * turn_median.h - the median of one turn, by the samples of that turn alone: a unit of what is said
 * of live runs that are compared (evidence.h).
 */
#ifndef SRC_TURN_MEDIAN_H
#define SRC_TURN_MEDIAN_H

#include "run.h"

/* Shorter turns are no units. */
#define TURN_MEDIAN_LEAST_NS UINT64_C(400000000) /* in recorded iterations */
#define TURN_MEDIAN_SAMPLES  10u

struct turn_median {
    struct histogram before; /* the run's samples when the turn began; owned */
    enum metric metric;      /* of these */
    uint64_t before_ns;      /* the time of all iterations recorded until then */
};

/* Takes memory. False: there is none. */
bool turn_median_open(struct turn_median *median);
void turn_median_close(struct turn_median *median); /* a zeroed one is fine */

/* A turn of the run begins. Costs as much as the run's histogram has in use. */
void turn_median_begin(struct turn_median *median, const struct run *run);

/* How long the turn's recorded iterations have taken. */
uint64_t turn_median_taken_ns(const struct turn_median *median, const struct run *run);

/* Whether the turn has become a unit. */
bool turn_median_is_unit(const struct turn_median *median, const struct run *run);

/* The turn is over: if it is a unit, its median joins run->turns. */
void turn_median_end(const struct turn_median *median, struct run *run);

#endif
