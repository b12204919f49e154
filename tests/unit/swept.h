/*
 * swept.h - a sweep over BATCH for tests: four values, and series of precisely known medians.
 */
#pragma once

#include "../../ui/model/sweep_figures.h"

#define VALUES 4

static inline struct swept of_batches(bool by_rate)
{
    return (struct swept){
        .knob = KNOB_BATCH, .value_count = VALUES, .values = {1, 8, 64, 512}, .by_rate = by_rate};
}

/* Adds a series of verified medians in ns, each of five processes that differ by 0.1 %. 0: no
 * median. */
static inline struct swept_series *add_series(struct swept *swept, double first, double second,
                                              double third, double fourth)
{
    const double p50_ns[VALUES] = {first, second, third, fourth};
    struct swept_series *series = &swept->series[swept->series_count++];
    series->letter = -1; /* not tagged */
    for (uint32_t v = 0; v < VALUES; v++) {
        series->p50_ns[v] = p50_ns[v];
        series->verified[v] = p50_ns[v] > 0;
        series->tokens[v] = 32.0 * (double)swept->values[v];
        for (int i = 0; i < 5 && p50_ns[v] > 0; i++)
            evidence_add(&series->evidence[v], p50_ns[v] * (1 + 0.001 * (i - 2)));
    }
    swept_find_best(swept, series);
    return series;
}
