/*
 * sweep_figures.h - conclusions from a sweep: the best values, and crossovers between variants. In
 * a recording in which other knobs vary too, also their best setting at each value of the swept
 * knob.
 */
#pragma once

#include "sweep_view.h"

struct explorer;

/* Returns a point's value in the plot: its iteration p50 in ns, or its tokens/s. 0: none. */
double swept_value(const struct swept *swept, uint32_t series, uint32_t value);

/* Finds the best value of a series, by time or tokens/s, and those not distinguishable from it. */
void swept_find_best(const struct swept *swept, struct swept_series *series);

/* `series` overtakes `other` at `value`: it is faster there, and it was slower at the last earlier
 * value at which the two are distinguishable. */
struct crossover {
    uint32_t series, other, value;
};
#define CROSSOVERS 16u

/* Writes at most CROSSOVERS crossovers, by rising value; none if the knob's values have no order.
 * Returns how many. */
uint32_t swept_crossovers(const struct swept *swept, struct crossover *crossovers);

#define SWEEP_TIES 8u /* ties that are named, at most */

/* The best recorded run of the selected variant at one value of the swept knob. */
struct sweep_other {
    int64_t value;
    const struct run *best; /* borrowed; verified */
    uint32_t runs;          /* verified runs at the value */
    uint32_t ties;          /* of these: how many are not distinguishable from the best */
    const struct run *tied[SWEEP_TIES]; /* the first SWEEP_TIES of them; borrowed */
};
struct sweep_others {
    uint64_t knobs; /* KNOB_BITs of the other knobs that vary, without workload knobs */
    uint32_t count;
    struct sweep_other rows[SWEEP_VALUES]; /* by rising value */
};

/* Finds the best settings of the other knobs. False: the selected row is not recorded, no other
 * knob varies, or no run is verified. */
bool sweep_others_take(const struct explorer *explorer, struct sweep_others *others);
