/*
 * sweep_figures.h - what a sweep says besides its points: where one variant overtakes another, and
 * of a recording in which other knobs vary too, their best values at each value of the swept one.
 */
#ifndef UI_SWEEP_FIGURES_H
#define UI_SWEEP_FIGURES_H

#include "../../src/engine/knobs.h"
#include "sweep_view.h"

struct explorer;

/* What a point is drawn as: its iteration p50 in ns, or its tokens/s. 0: there is none. */
double swept_value(const struct swept *swept, uint32_t series, uint32_t value);

/* Finds the values that cannot be told from the best of a series, by time or by tokens/s. */
void swept_find_best(const struct swept *swept, struct swept_series *series);

/* `series` overtakes `other` at a value: it is faster from there on up to the next crossover, and
 * was slower at the last value before at which the two can be told apart. */
struct crossover {
    uint32_t series, other, value;
};
#define CROSSOVERS 16u

/* The crossovers by rising value; none of a knob whose values have no order. Writes at most
 * CROSSOVERS; returns how many. */
uint32_t swept_crossovers(const struct swept *swept, struct crossover *crossovers);

#define SWEEP_TIES 8u /* that are named */

/* The best recorded run of the selected variant at a value of the swept knob. */
struct sweep_other {
    int64_t value;
    const struct run *best;             /* borrowed; verified */
    uint32_t runs;                      /* verified ones */
    uint32_t ties;                      /* of these, others that cannot be told from it */
    const struct run *tied[SWEEP_TIES]; /* the first of them; borrowed */
};
struct sweep_others {
    uint64_t knobs; /* KNOB_BITs of those that vary besides, and do not decide the work */
    uint32_t count;
    struct sweep_other rows[SWEEP_VALUES]; /* by rising value */
};

/* False: what is selected is no recording, or no other knob varies. */
bool sweep_others_take(const struct explorer *explorer, struct sweep_others *others);

#endif
