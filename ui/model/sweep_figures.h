/*
 * sweep_figures.h - conclusions from a sweep: crossovers between variants and, in a recording in
 * which other knobs vary too, their best values for each value of the swept knob.
 */
#pragma once

#include "sweep_view.h"

struct explorer;

/* A point's value in the plot: its iteration p50 in ns, or its tokens/s. 0: none. */
double swept_value(const struct swept *swept, uint32_t series, uint32_t value);

/* Marks the values of a series that are not distinguishable from its best, by time or by tokens/s.
 */
void swept_find_best(const struct swept *swept, struct swept_series *series);

/* `series` overtakes `other` at a value: it is faster from there up to the next crossover, and was
 * slower at the last earlier value at which the two differ. */
struct crossover {
    uint32_t series, other, value;
};
#define CROSSOVERS 16u

/* The crossovers by rising value; none if the knob's values have no order. Writes at most
 * CROSSOVERS; returns how many. */
uint32_t swept_crossovers(const struct swept *swept, struct crossover *crossovers);

#define SWEEP_TIES 8u /* most that are named */

/* The best recorded run of the selected variant at one value of the swept knob. */
struct sweep_other {
    int64_t value;
    const struct run *best;             /* borrowed; verified */
    uint32_t runs;                      /* verified runs at the value */
    uint32_t ties;                      /* of these, not distinguishable from the best */
    const struct run *tied[SWEEP_TIES]; /* the first tied run; borrowed */
};
struct sweep_others {
    uint64_t knobs; /* KNOB_BITs of the other knobs that vary and do not change the workload */
    uint32_t count;
    struct sweep_other rows[SWEEP_VALUES]; /* by rising value */
};

/* False: the selected row is not recorded, or no other knob varies. */
bool sweep_others_take(const struct explorer *explorer, struct sweep_others *others);
