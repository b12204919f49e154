#include "histogram.h"

#include <stdlib.h>
#include <string.h>

void histogram_bounds(uint32_t index, uint64_t *lower, uint64_t *upper)
{
    uint32_t shift = index < 2048 ? 0 : (index >> 10) - 1;
    *lower = (uint64_t)(index - (shift << 10)) << shift;
    *upper = *lower + (UINT64_C(1) << shift);
}

bool histogram_open(struct histogram *histogram, uint32_t base, uint32_t room)
{
    *histogram = (struct histogram){.base = base, .room = room};
    histogram->counts = calloc(room > 0 ? room : 1, sizeof *histogram->counts);
    if (!histogram->counts)
        return false;
    histogram_clear(histogram);
    return true;
}

void histogram_close(struct histogram *histogram)
{
    free(histogram->counts);
    *histogram = (struct histogram){0};
}

/* Zeroes only the buckets in use, which are few. */
static void clear_counts(struct histogram *histogram)
{
    if (histogram->count > 0)
        memset(&histogram->counts[histogram->first - histogram->base], 0,
               (histogram->last - histogram->first + 1) * sizeof *histogram->counts);
}

void histogram_clear(struct histogram *histogram)
{
    clear_counts(histogram);
    histogram->count = histogram->min_ns = histogram->max_ns = histogram->total_ns = 0;
    histogram->first = UINT32_MAX;
    histogram->last = 0;
}

bool histogram_add(struct histogram *histogram, uint32_t index, uint64_t count)
{
    if (index < histogram->base || index - histogram->base >= histogram->room)
        return false;
    if (count == 0)
        return true;
    histogram->counts[index - histogram->base] += count;
    histogram->count += count;
    if (index < histogram->first)
        histogram->first = index;
    if (index > histogram->last)
        histogram->last = index;
    return true;
}

void histogram_copy(struct histogram *to, const struct histogram *from)
{
    clear_counts(to);
    uint64_t *counts = to->counts;
    *to = *from;
    to->counts = counts;
    if (from->count > 0)
        memcpy(&to->counts[from->first - from->base], &from->counts[from->first - from->base],
               (from->last - from->first + 1) * sizeof *counts);
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
    if (from->count == 0)
        return;
    uint64_t before = to->count;
    for (uint32_t i = from->first; i <= from->last; i++)
        histogram_add(to, i, histogram_count_at(from, i));
    to->min_ns = before > 0 && to->min_ns < from->min_ns ? to->min_ns : from->min_ns;
    to->max_ns = to->max_ns > from->max_ns ? to->max_ns : from->max_ns;
    to->total_ns += from->total_ns;
}

uint64_t histogram_count_at(const struct histogram *histogram, uint32_t index)
{
    if (!histogram->counts || index < histogram->base || index - histogram->base >= histogram->room)
        return 0;
    return histogram->counts[index - histogram->base];
}

uint64_t histogram_count_between(const struct histogram *histogram, uint64_t lower_ns,
                                 uint64_t upper_ns)
{
    uint64_t sum = 0;
    if (histogram->count == 0 || lower_ns >= upper_ns)
        return 0;
    for (uint32_t i = histogram->first; i <= histogram->last; i++) {
        uint64_t lower, upper;
        histogram_bounds(i, &lower, &upper);
        if (lower >= upper_ns)
            break;
        if (lower >= lower_ns)
            sum += histogram_count_at(histogram, i);
    }
    return sum;
}

/* Returns the middle of a bucket, limited to [min, max]. */
static uint64_t value_of_bucket(const struct histogram *histogram, uint32_t index)
{
    uint64_t lower, upper;
    histogram_bounds(index, &lower, &upper);
    uint64_t value = lower + (upper - 1 - lower) / 2;
    if (value < histogram->min_ns)
        return histogram->min_ns;
    return value > histogram->max_ns ? histogram->max_ns : value;
}

/* Returns the value of the sample of that rank (1 is the smallest): the middle of its bucket. */
static uint64_t value_of_rank(const struct histogram *histogram, uint64_t rank)
{
    uint64_t seen = 0;
    for (uint32_t i = histogram->first; i <= histogram->last; i++) {
        seen += histogram->counts[i - histogram->base];
        if (seen >= rank)
            return value_of_bucket(histogram, i);
    }
    return histogram->max_ns;
}

/* Returns the nearest rank, at least 1. `count` must not be 0. */
static uint64_t rank_of(double fraction, uint64_t count)
{
    double exact = fraction * (double)count;
    uint64_t rank = (uint64_t)exact;
    if ((double)rank < exact)
        rank++;
    return rank < 1 ? 1 : rank < count ? rank : count;
}

uint64_t histogram_percentile(const struct histogram *histogram, double fraction)
{
    if (histogram->count == 0)
        return 0;
    if (fraction >= 1)
        return histogram->max_ns;
    uint64_t rank = rank_of(fraction, histogram->count);
    uint64_t value = rank == 1                  ? histogram->min_ns
                     : rank == histogram->count ? histogram->max_ns
                                                : value_of_rank(histogram, rank);
    return value < HISTOGRAM_MOST_NS ? value : HISTOGRAM_MOST_NS;
}

uint64_t histogram_percentile_since(const struct histogram *now, const struct histogram *before,
                                    double fraction)
{
    uint64_t seen = 0;
    if (now->count <= before->count)
        return 0;
    uint64_t rank = rank_of(fraction, now->count - before->count);
    for (uint32_t i = now->first; i < now->last; i++) {
        seen += histogram_count_at(now, i) - histogram_count_at(before, i);
        if (seen >= rank)
            return value_of_bucket(now, i);
    }
    return value_of_bucket(now, now->last);
}

bool histogram_resolves(const struct histogram *histogram, double fraction)
{
    /* A fraction such as 0.99 is inexact: ignore rounding errors below a millionth of a sample. */
    return histogram->count > 0 && (fraction <= 0.5 || fraction >= 1 ||
                                    (double)histogram->count * (1 - fraction) > 1 - 1e-6);
}

bool histogram_is_beyond(const struct histogram *histogram, double fraction)
{
    return fraction < 1 && histogram->max_ns > HISTOGRAM_MOST_NS &&
           histogram_percentile(histogram, fraction) == HISTOGRAM_MOST_NS;
}

uint64_t histogram_beyond(const struct histogram *histogram)
{
    return histogram->max_ns > HISTOGRAM_MOST_NS
               ? histogram_count_at(histogram, HISTOGRAM_BUCKETS - 1)
               : 0;
}

uint64_t histogram_median(const struct histogram *histogram)
{
    return histogram_is_beyond(histogram, 0.5) ? 0 : histogram_percentile(histogram, 0.5);
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->count ? (double)histogram->total_ns / (double)histogram->count : 0;
}

/* Returns floor(sqrt(n)), without libm because the worker does not need it otherwise. */
static uint64_t square_root(uint64_t n)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= n)
            root += bit;
    return root;
}

uint64_t histogram_median_error(const struct histogram *histogram)
{
    uint64_t n = histogram->count;
    if (n < 6)
        return 0;
    /* The ranks are n/2 -+ 1.96 sqrt(n)/2; 251/256 is 0.98 rounded up. */
    uint64_t reach = (251 * square_root(n) + 255) / 256;
    uint64_t low = n / 2 > reach ? n / 2 - reach : 1;
    uint64_t high = n / 2 + 1 + reach < n ? n / 2 + 1 + reach : n;
    return (value_of_rank(histogram, high) - value_of_rank(histogram, low) + 1) / 2;
}
