#include "random.h"
#include "same_histogram.h"
#include "unit.h"

#include <math.h>

static struct histogram h, other, third;

static void open_histograms(void)
{
    cr_assert(histogram_open(&h, 0, HISTOGRAM_BUCKETS));
    cr_assert(histogram_open(&other, 0, HISTOGRAM_BUCKETS));
    cr_assert(histogram_open(&third, 0, HISTOGRAM_BUCKETS));
}

static void close_histograms(void)
{
    histogram_close(&h);
    histogram_close(&other);
    histogram_close(&third);
}

TestSuite(histogram, .init = open_histograms, .fini = close_histograms);

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Draws a log-uniform duration over nine orders of magnitude, like latencies. */
static uint64_t duration(uint64_t *state)
{
    double exponent = 9.5 * (double)random_below(state, 1000000) / 1e6;
    return (uint64_t)pow(10, exponent);
}

Test(histogram, every_value_lies_in_its_bucket_and_buckets_tile_the_axis)
{
    uint64_t expected = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t lower, upper;
        histogram_bounds(i, &lower, &upper);
        cr_assert_eq(lower, expected, "a hole or an overlap before bucket %u", i);
        cr_assert_eq(histogram_bucket(lower), i);
        if (upper - 1 <= HISTOGRAM_MOST_NS)
            cr_assert_eq(histogram_bucket(upper - 1), i);
        cr_assert((double)(upper - lower) <= 1 + (double)lower / 1024);
        expected = upper;
    }
    cr_assert_gt(expected, HISTOGRAM_MOST_NS);
    cr_assert_eq(histogram_bucket(HISTOGRAM_MOST_NS), HISTOGRAM_BUCKETS - 1);
    cr_assert_eq(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

Test(histogram, percentiles_are_within_a_tenth_of_a_percent_of_the_sorted_samples)
{
    static const double fractions[] = {0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1};
    uint64_t state = 1;
    for (int round = 0; round < 20; round++) {
        size_t n = 1 + random_below(&state, 20000);
        uint64_t *samples = malloc(n * sizeof *samples);
        histogram_clear(&h);
        for (size_t i = 0; i < n; i++)
            histogram_record(&h, samples[i] = duration(&state));
        qsort(samples, n, sizeof *samples, ascending);
        for (size_t f = 0; f < sizeof fractions / sizeof *fractions; f++) {
            size_t rank = (size_t)ceil(fractions[f] * (double)n);
            double exact = (double)samples[rank ? rank - 1 : 0];
            double got = (double)histogram_percentile(&h, fractions[f]);
            cr_assert(fabs(got - exact) <= exact / 1000, "p%g of %zu: %g, exactly %g",
                      100 * fractions[f], n, got, exact);
        }
        cr_assert_eq(h.min_ns, samples[0]);
        cr_assert_eq(h.max_ns, samples[n - 1]);
        cr_assert_eq(h.count, n);
        free(samples);
    }
}

Test(histogram, a_part_has_the_percentiles_of_its_own_samples)
{
    static const double fractions[] = {0.01, 0.5, 0.99, 1};
    uint64_t state = 5;
    struct histogram *before = &other, *part = &third;
    for (int round = 0; round < 20; round++) {
        histogram_copy(before, &h);
        histogram_clear(part);
        cr_assert_eq(histogram_percentile_since(&h, before, 0.5), 0, "nothing was added");
        for (uint64_t i = 0; i < 1 + random_below(&state, 2000); i++) {
            const uint64_t ns = duration(&state);
            histogram_record(&h, ns);
            histogram_record(part, ns);
        }
        for (size_t f = 0; f < sizeof fractions / sizeof *fractions; f++) {
            const double exact = (double)histogram_percentile(part, fractions[f]);
            const double got = (double)histogram_percentile_since(&h, before, fractions[f]);
            cr_assert(fabs(got - exact) <= exact / 1000, "p%g: %g, not %g", 100 * fractions[f], got,
                      exact);
        }
    }
}

Test(histogram, an_empty_one_answers_zero)
{
    cr_assert_eq(histogram_percentile(&h, 0.5), 0);
    cr_assert_eq(histogram_mean(&h), 0);
    cr_assert_eq(histogram_count_between(&h, 0, UINT64_MAX), 0);
    histogram_clear(&h);
    histogram_close(&h);
}

Test(histogram, zero_and_off_scale_samples_are_kept)
{
    histogram_record(&h, 0);
    histogram_record(&h, 5 * HISTOGRAM_MOST_NS);
    cr_assert_eq(h.count, 2);
    cr_assert_eq(h.min_ns, 0);
    cr_assert_eq(h.max_ns, 5 * HISTOGRAM_MOST_NS);
    cr_assert_eq(histogram_percentile(&h, 1), 5 * HISTOGRAM_MOST_NS);
}

Test(histogram, a_percentile_needs_a_sample_above_it)
{
    static const struct {
        double fraction;
        uint64_t needed;
    } cases[] = {{0.5, 1}, {0.9, 10}, {0.99, 100}, {0.999, 1000}, {1, 1}};
    for (uint64_t count = 0; count <= 1001; count++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            cr_assert_eq(histogram_resolves(&h, cases[i].fraction), count >= cases[i].needed,
                         "%g of %llu", cases[i].fraction, (unsigned long long)count);
        histogram_record(&h, count);
    }
}

/* A hundred samples, the longest of them beyond the range. */
Test(histogram, samples_beyond_the_range_are_counted_without_a_value)
{
    for (uint64_t beyond = 0; beyond <= 100; beyond++) {
        histogram_clear(&h);
        for (uint64_t i = 0; i < 100; i++)
            histogram_record(&h, i < 100 - beyond ? 1000 : (2 + i) * HISTOGRAM_MOST_NS);
        cr_assert_eq(histogram_beyond(&h), beyond);
        for (int percent = 1; percent < 100; percent++) {
            const double fraction = (percent - 0.5) / 100; /* of rank `percent` */
            const bool is_beyond = (uint64_t)percent > 100 - beyond;
            cr_assert_eq(histogram_is_beyond(&h, fraction), is_beyond);
            cr_assert_eq(histogram_percentile(&h, fraction), is_beyond ? HISTOGRAM_MOST_NS : 1000);
        }
        cr_assert_eq(histogram_median(&h), beyond > 50 ? 0 : 1000);
        cr_assert_not(histogram_is_beyond(&h, 1), "the longest is exact");
    }
}

Test(histogram, the_end_of_the_range_is_in_it)
{
    histogram_record(&h, HISTOGRAM_MOST_NS);
    cr_assert_eq(histogram_beyond(&h), 0);
    cr_assert_not(histogram_is_beyond(&h, 0.5));
    cr_assert_eq(histogram_median(&h), HISTOGRAM_MOST_NS);
}

Test(histogram, a_copy_equals_its_source)
{
    uint64_t state = 7;
    for (int round = 0; round < 30; round++) {
        size_t n = random_below(&state, 500);
        if (random_below(&state, 3) == 0)
            histogram_clear(&h);
        for (size_t i = 0; i < n; i++)
            histogram_record(&h, duration(&state));
        histogram_copy(&other, &h);
        check_same_histogram(&other, &h);
        if (random_below(&state, 2) == 0)
            histogram_record(&other, duration(&state));
    }
}

Test(histogram, a_window_has_its_buckets_and_refuses_others)
{
    struct histogram window;
    for (uint64_t ns = 5000; ns < 9000; ns += 7)
        histogram_record(&h, ns);
    cr_assert(histogram_open(&window, h.first, h.last - h.first + 1));
    for (uint32_t i = h.first; i <= h.last; i++)
        cr_assert(histogram_add(&window, i, histogram_count_at(&h, i)));
    window.min_ns = h.min_ns;
    window.max_ns = h.max_ns;
    cr_assert_eq(window.count, h.count);
    for (int percent = 1; percent <= 100; percent++)
        cr_assert_eq(histogram_percentile(&window, percent / 100.0),
                     histogram_percentile(&h, percent / 100.0));
    cr_assert_not(histogram_add(&window, h.first - 1, 1));
    cr_assert_not(histogram_add(&window, h.last + 1, 1));
    cr_assert_eq(histogram_count_at(&window, h.last + 1), 0);
    cr_assert_eq(histogram_count_between(&window, 5000, 9000), h.count);
    histogram_close(&window);
}

Test(histogram, the_median_error_has_its_nominal_coverage)
{
    uint64_t state = 3;
    int held = 0;
    const int rounds = 1000;
    for (int round = 0; round < rounds; round++) {
        histogram_clear(&h);
        for (int i = 0; i < 101; i++) /* uniform: the true median is 1500 */
            histogram_record(&h, 1000 + random_below(&state, 1001));
        double error = (double)histogram_median_error(&h);
        held += fabs((double)histogram_percentile(&h, 0.5) - 1500) <= error;
    }
    /* The nominal coverage is 95 %. The interval is symmetric around the median, so the actual
     * coverage is a little lower or higher. */
    cr_assert(held > rounds * 90 / 100 && held < rounds, "held %d of %d", held, rounds);
}
