/*
 * points.h - indexes a recording's runs by variant and knobs, and moves from one recorded point to
 * another. The functions borrow the runs and do not change them.
 *
 * A point is one value for each knob, as requested. A variant's run is at a point if they agree in
 * the knobs that the variant reads. WARMUP and ITERATIONS matter only if the variant was recorded
 * with several values of them. KNOB_UNKNOWN is a separate value, below all others: a run that does
 * not name a knob is at a different point from runs that do.
 */
#pragma once

#include "../engine/run.h"

/* A variant in the recording, and its runs. */
struct points_row {
    const struct run *first; /* the variant's first run */
    uint64_t reads;          /* KNOB_BITs of the knobs that distinguish the variant's runs */
};

struct points {
    const struct run *runs; /* borrowed */
    size_t count;
    struct points_row *rows; /* owned: one per variant, in the order of the variants' first runs */
    uint32_t row_count;
    uint32_t *row_of; /* owned: one per run */
    uint64_t varying; /* KNOB_BITs of the knobs with more than one value */
    size_t repeats;   /* runs with the same variant and knobs as an earlier run; only the earlier
                         run is used */
};

/* Indexes the runs. Returns false if out of memory; there is then nothing to free. */
bool points_open(struct points *points, const struct run *runs, size_t count);
void points_close(struct points *points); /* a zeroed struct is allowed */

/* Returns the row of that variant; row_count if there is none. */
uint32_t points_row(const struct points *points, const char *variant);

/* Sets *at to the initial point, that of the first run. A knob that the first run does not read
 * comes from the next run that reads it and agrees with the knobs set so far. */
void points_begin(const struct points *points, struct knobs *at);

/* Returns the variant's run at a point; NULL if that point was not recorded. */
const struct run *points_find(const struct points *points, uint32_t row, const struct knobs *at);

/* Returns the variant's run nearest to a point; NULL if the variant has no run. The criteria are,
 * in this order: the distance in the knob `id` (ignored if KNOB_COUNT); how many workload knobs
 * differ, because only equal workloads can be compared; how many other knobs differ; and the sum of
 * the distances. Skipped and failed runs count too. */
const struct run *points_nearest(const struct points *points, uint32_t row, const struct knobs *at,
                                 enum knob_id id);

#define POINTS_VALUES 256u /* most values of one knob */

/* A recorded value of a knob. */
struct points_value {
    int64_t value;
    bool here; /* there is a run with this value and the current values of the other knobs */
};

/* Writes the recorded values of a knob in ascending order, `auto` first: those of the variant or,
 * if the variant does not read the knob, those of all variants. Writes at most `room` values;
 * returns how many. */
size_t points_values(const struct points *points, uint32_t row, const struct knobs *at,
                     enum knob_id id, struct points_value *values, size_t room);

enum points_move {
    POINTS_STAY,   /* no such point, or already there: *at is unchanged */
    POINTS_THERE,  /* only this knob changed; if the variant reads it, the variant has a run
                      there */
    POINTS_NEAREST /* that point was not recorded: *at is the nearest recorded point */
};

/* Sets a knob. If the resulting point was not recorded, moves to the nearest recorded point. */
enum points_move points_set(const struct points *points, uint32_t row, struct knobs *at,
                            enum knob_id id, int64_t value);

/* Moves a knob up (direction 1) or down (-1), to the next value that was recorded with the current
 * values of the other knobs. If there is none, moves to the point nearest to the knob's next
 * recorded value. If the knob has no next value and the variant has no run at *at, moves to the
 * variant's nearest run. */
enum points_move points_turn(const struct points *points, uint32_t row, struct knobs *at,
                             enum knob_id id, int direction);

/* Moves to the variant's nearest recorded point, unless *at is recorded. */
enum points_move points_approach(const struct points *points, uint32_t row, struct knobs *at);
