/*
 * times.h - arithmetic of times in ns, and the extent of several time spans.
 */
#pragma once

#include "../../kernels/lab.h"

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* a - b; 0 if b is larger. */
static inline uint64_t saturating_sub(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* The order of two numbers for qsort, or of two structs that begin with a uint64_t. */
static inline int compare_u64(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The extent of zero spans, from which extent_add starts. */
static const struct stamp extent_empty = {.begin_ns = UINT64_MAX};

/* Extends *extent by a span, so that it reaches from the earliest begin to the latest end. */
static inline void extent_add(struct stamp *extent, uint64_t begin_ns, uint64_t end_ns)
{
    extent->begin_ns = min_u64(extent->begin_ns, begin_ns);
    extent->end_ns = max_u64(extent->end_ns, end_ns);
}
