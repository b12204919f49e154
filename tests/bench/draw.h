/*
 * draw.h - random values for benchmarks, the same in every run. *state is a generator of
 * tests/unit/random.h.
 */
#pragma once

#include "../unit/random.h"

#include <math.h>
#include <stddef.h>

/* Returns a number from the standard normal distribution (the Box-Muller transform). */
static inline double draw_normal(uint64_t *state)
{
    const double first = ((double)(random_next(state) >> 11) + 0.5) * 0x1p-53;
    const double second = ((double)(random_next(state) >> 11) + 0.5) * 0x1p-53;
    return sqrt(-2 * log(first)) * cos(2 * M_PI * second);
}

/* Fisher-Yates shuffle, in place. */
static inline void draw_shuffle(uint64_t *state, double *values, size_t count)
{
    for (size_t left = count; left > 1; left--) {
        const size_t at = random_below(state, left);
        const double last = values[left - 1];
        values[left - 1] = values[at];
        values[at] = last;
    }
}
