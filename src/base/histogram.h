/*
 * histogram.h - counts durations in log-linear buckets, like HdrHistogram (hdrhistogram.org): 1
 * ns to 100 s with three significant digits in fixed memory.
 *
 * Below 2,048 ns a bucket is 1 ns wide. Above, each power of two has 1,024 buckets, so a bucket
 * is never wider than 1/1,024 of its values. A percentile is the middle of its bucket, so its
 * error is at most 0.05 %.
 *
 * One thread records; readers work on a copy.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define HISTOGRAM_MOST_NS UINT64_C(100000000000) /* longer samples go to the last bucket */
#define HISTOGRAM_BUCKETS 28115u                 /* histogram_bucket(HISTOGRAM_MOST_NS) + 1 */

struct histogram {
    uint64_t count;
    uint64_t min_ns, max_ns; /* exact, not limited by HISTOGRAM_MOST_NS; 0 while count is 0 */
    uint64_t total_ns;
    uint32_t first, last; /* buckets in use; first > last while count is 0 */
    uint32_t base, room;  /* counts[] covers the buckets [base, base + room) */
    uint64_t *counts;     /* owned */
};

/* Return the bucket of `ns`, and the bounds of bucket `index`: [*lower, *upper). */
static inline uint32_t histogram_bucket(uint64_t ns)
{
    if (ns > HISTOGRAM_MOST_NS)
        ns = HISTOGRAM_MOST_NS;
    int shift = ns < 2048 ? 0 : 53 - __builtin_clzll(ns);
    return ((uint32_t)shift << 10) + (uint32_t)(ns >> shift);
}
void histogram_bounds(uint32_t index, uint64_t *lower, uint64_t *upper);

/* Allocates the buckets [base, base + room). For all buckets: histogram_open(h, 0,
 * HISTOGRAM_BUCKETS). False: out of memory. */
bool histogram_open(struct histogram *histogram, uint32_t base, uint32_t room);
void histogram_close(struct histogram *histogram); /* a zeroed or closed histogram is allowed */

/* Drops all samples. The cost is proportional to the buckets in use. */
void histogram_clear(struct histogram *histogram);

/* Counts one sample. The histogram must have all buckets. Allocates nothing; takes a few ns. */
static inline void histogram_record(struct histogram *histogram, uint64_t ns)
{
    uint32_t index = histogram_bucket(ns);
    histogram->counts[index]++;
    if (histogram->count++ == 0 || ns < histogram->min_ns)
        histogram->min_ns = ns;
    if (ns > histogram->max_ns)
        histogram->max_ns = ns;
    histogram->total_ns += ns;
    if (index < histogram->first)
        histogram->first = index;
    if (index > histogram->last)
        histogram->last = index;
}

/* Adds `count` samples to a bucket without changing min, max and total; for readers of
 * documents. False if the bucket is outside [base, base + room). */
bool histogram_add(struct histogram *histogram, uint32_t index, uint64_t count);

/* Makes *to equal *from. Both must have the same buckets. The cost is proportional to the
 * buckets in use. */
void histogram_copy(struct histogram *to, const struct histogram *from);

/* Adds the samples of `from` to *to, which must have all buckets. */
void histogram_merge(struct histogram *to, const struct histogram *from);

/* Returns the percentile at `fraction` (0.5: the median) by nearest rank: the smallest sample that
 * is at least as long as that share of the samples. The value is the middle of its bucket, limited
 * to [min, max]. 0 if empty. HISTOGRAM_MOST_NS means that or longer. At fraction 1 the value is
 * max_ns, which is exact. */
uint64_t histogram_percentile(const struct histogram *histogram, double fraction);

/* Like histogram_percentile, for the samples that `now` recorded after `before` was copied from it.
 * Both must have the same buckets. 0: there are no such samples. */
uint64_t histogram_percentile_since(const struct histogram *now, const struct histogram *before,
                                    double fraction);

/* Whether there are enough samples to resolve the percentile at `fraction`. A percentile up to the
 * median, and the maximum, need one sample. Others need enough samples to leave one above the
 * percentile: 100 for p99. */
bool histogram_resolves(const struct histogram *histogram, double fraction);

/* Whether the value at `fraction` exceeds HISTOGRAM_MOST_NS, and is therefore unknown. */
bool histogram_is_beyond(const struct histogram *histogram, double fraction);

/* Returns the number of samples longer than HISTOGRAM_MOST_NS. The limit is exact to one bucket's
 * width. */
uint64_t histogram_beyond(const struct histogram *histogram);

/* Returns the median for calculations. 0: it is unknown, because there are no samples or it exceeds
 * HISTOGRAM_MOST_NS. */
uint64_t histogram_median(const struct histogram *histogram);

/* Returns the number of samples in bucket `index`; 0 if the histogram does not have that bucket. */
uint64_t histogram_count_at(const struct histogram *histogram, uint32_t index);

/* Returns the number of samples whose bucket begins in [lower_ns, upper_ns). */
uint64_t histogram_count_between(const struct histogram *histogram, uint64_t lower_ns,
                                 uint64_t upper_ns);

/* Returns total / count, which is exact; 0 if empty. */
double histogram_mean(const struct histogram *histogram);

/* Returns the error of the median, for any distribution: half the distance between the two order
 * statistics that enclose it with 95 % confidence (Conover, Practical Nonparametric Statistics,
 * 3.2). 0 below 6 samples. */
uint64_t histogram_median_error(const struct histogram *histogram);
