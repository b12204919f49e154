/*
 * points.h - indexes a recording's runs by variant and knobs, and finds the way from one
 * recorded point to the next. Pure: borrows the runs and changes nothing.
 *
 * A point is a setting of all knobs, as requested. A variant's run is at a point if both agree
 * in the knobs that the variant reads. WARMUP and ITERATIONS count only if the variant was
 * recorded with several values of them. KNOB_UNKNOWN is a separate value, below all others: a
 * run that does not name a knob is at another point than runs that do.
 */
#pragma once

#include "../engine/run.h"

/* A variant of the recording. */
struct points_row {
    const struct run *first; /* its first run */
    uint64_t reads;          /* KNOB_BITs that distinguish its runs */
};

struct points {
    const struct run *runs; /* borrowed */
    size_t count;
    struct points_row *rows; /* owned: one per variant, in the order of their first runs */
    uint32_t row_count;
    uint32_t *row_of; /* owned: one per run */
    uint64_t varying; /* KNOB_BITs with more than one value */
    size_t repeats;   /* runs with the same variant and knobs as an earlier one, which is used */
};

/* Indexes the runs. False: out of memory, and nothing is held. */
bool points_open(struct points *points, const struct run *runs, size_t count);
void points_close(struct points *points); /* a zeroed one is allowed */

/* The row of that variant; row_count if it has none. */
uint32_t points_row(const struct points *points, const char *variant);

/* The initial point: that of the first run. A knob that this run does not read comes from the next
 * run that reads it and agrees with the knobs set so far. */
void points_begin(const struct points *points, struct knobs *at);

/* The variant's run at a point; NULL if that point was not recorded. */
const struct run *points_find(const struct points *points, uint32_t row, const struct knobs *at);

/* The variant's run nearest to a point. Criteria in order: the distance in the knob `id`
 * (KNOB_COUNT: skip this), how many workload knobs differ (only equal workloads are compared),
 * how many other knobs differ, and how far. Skipped and failed runs count like others. NULL if
 * the variant has no run. */
const struct run *points_nearest(const struct points *points, uint32_t row, const struct knobs *at,
                                 enum knob_id id);

#define POINTS_VALUES 256u /* the most values of one knob */

/* A recorded value of a knob. */
struct points_value {
    int64_t value;
    bool here; /* recorded with the current values of the other knobs */
};

/* The values of a knob recorded for the variant (for any variant, if this one does not read it),
 * ascending, `auto` first. Writes at most `room`; returns how many. */
size_t points_values(const struct points *points, uint32_t row, const struct knobs *at,
                     enum knob_id id, struct points_value *values, size_t room);

enum points_move {
    POINTS_STAY,   /* no such point: *at is unchanged */
    POINTS_THERE,  /* only this knob changed, and the variant has a run there */
    POINTS_NEAREST /* not recorded: *at is the nearest recorded point */
};

/* Sets a knob. */
enum points_move points_set(const struct points *points, uint32_t row, struct knobs *at,
                            enum knob_id id, int64_t value);

/* Steps a knob up (direction 1) or down (-1), to the next value recorded with the current values of
 * the other knobs. If there is none: to the nearest point with the knob's next value. If there is
 * no next value, and the variant has no run here: to its nearest run. */
enum points_move points_turn(const struct points *points, uint32_t row, struct knobs *at,
                             enum knob_id id, int direction);

/* Moves to the variant's nearest recorded point. */
enum points_move points_approach(const struct points *points, uint32_t row, struct knobs *at);
