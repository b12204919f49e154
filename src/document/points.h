/*
 * points.h - a recording's runs by variant and knobs: what was recorded, and the way from one point
 * to the next. Pure: it borrows the runs and changes none.
 *
 * A point is a setting of all knobs, as asked for. A variant's run is at a point if both agree in
 * the knobs that the variant reads; WARMUP and ITERATIONS count only where the variant was recorded
 * with several values of them. KNOB_UNKNOWN is a value of its own, below all others: a run that
 * does not name a knob is at another point than those that do.
 */
#ifndef SRC_POINTS_H
#define SRC_POINTS_H

#include "../engine/run.h"

/* A variant of the recording. */
struct points_row {
    const struct run *first; /* its first run */
    uint64_t reads;          /* KNOB_BITs that tell its runs apart */
};

struct points {
    const struct run *runs; /* borrowed */
    size_t count;
    struct points_row *rows; /* owned: a variant each, in the order of their first runs */
    uint32_t row_count;
    uint32_t *row_of; /* owned: of each run */
    uint64_t varying; /* KNOB_BITs with more than one value */
    size_t repeats;   /* runs of the same variant and knobs as an earlier one, which stands */
};

/* Takes the runs apart. False where there is no memory; then nothing is held. */
bool points_open(struct points *points, const struct run *runs, size_t count);
void points_close(struct points *points); /* a zeroed one is fine */

/* Where to begin: the first run's point. A knob that it does not read comes from the next runs that
 * agree with what is set so far. */
void points_begin(const struct points *points, struct knobs *at);

/* The variant's run at a point; NULL if it was not recorded there. */
const struct run *points_find(const struct points *points, uint32_t row, const struct knobs *at);

/* The variant's run nearest to a point: first by the distance in the knob `id`, by factors for
 * numbers (KNOB_COUNT: none goes first), then by how many of the knobs that decide the work differ,
 * as only the same work is compared, then by how many others, then by how far. Skipped and failed
 * runs count like others. NULL where the variant has no run. */
const struct run *points_nearest(const struct points *points, uint32_t row, const struct knobs *at,
                                 enum knob_id id);

#define POINTS_VALUES 256u /* of one knob, as many as are turned through */

/* A value of a knob that was recorded. */
struct points_value {
    int64_t value;
    bool here; /* with the other knobs as they are */
};

/* The values of a knob recorded for the variant (for any, where the variant does not read it),
 * rising, `auto` first. Writes at most `room`; returns how many. */
size_t points_values(const struct points *points, uint32_t row, const struct knobs *at,
                     enum knob_id id, struct points_value *values, size_t room);

enum points_move {
    POINTS_STAY,   /* there is nowhere to go; *at is as it was */
    POINTS_THERE,  /* the knob alone has changed, and the variant has a run there */
    POINTS_NEAREST /* that was not recorded: *at is the nearest point that was */
};

/* Gives a knob a value. */
enum points_move points_set(const struct points *points, uint32_t row, struct knobs *at,
                            enum knob_id id, int64_t value);

/* Turns a knob up (direction 1) or down (-1): to the next value recorded with the other knobs as
 * they are, else to the nearest point with the next value of that knob, else, where the variant has
 * no run here, to the nearest it has. */
enum points_move points_turn(const struct points *points, uint32_t row, struct knobs *at,
                             enum knob_id id, int direction);

/* Goes to the variant's nearest recorded point. */
enum points_move points_approach(const struct points *points, uint32_t row, struct knobs *at);

#endif
