/*
 * same_histogram.h - equality of histograms.
 */
#pragma once

#include "../../src/base/histogram.h"
#include "unit.h"

static inline void check_same_histogram(const struct histogram *is, const struct histogram *was)
{
    cr_assert_eq(is->count, was->count);
    cr_assert_eq(is->min_ns, was->min_ns);
    cr_assert_eq(is->max_ns, was->max_ns);
    cr_assert_eq(is->total_ns, was->total_ns);
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        cr_assert_eq(histogram_count_at(is, i), histogram_count_at(was, i), "bucket %u", i);
}
