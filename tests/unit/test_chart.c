#include "../../ui/terminal/chart.h"
#include "unit.h"

#include <math.h>

static struct histogram histogram;
static struct chart chart;

static void open_histogram(void)
{
    cr_assert(histogram_open(&histogram, 0, HISTOGRAM_BUCKETS));
}

static void close_histogram(void)
{
    histogram_close(&histogram);
}

TestSuite(chart, .init = open_histogram, .fini = close_histogram);

/* Records durations that spread over several decades around `centre`. */
static void record(unsigned count, double centre, double decades)
{
    srand(7);
    for (unsigned i = 0; i < count; i++) {
        double share = (double)rand() / RAND_MAX - 0.5;
        histogram_record(&histogram, (uint64_t)(centre * pow(10, share * decades)));
    }
}

static double sum_of_counts(void)
{
    double sum = chart.below + chart.above;
    for (unsigned i = 0; i < chart.columns; i++)
        sum += chart.counts[i];
    return sum;
}

Test(chart, every_sample_is_in_a_column_or_off_an_end)
{
    record(5000, 20000, 4);
    for (int linear = 0; linear < 2; linear++) {
        for (double low = 10; low < 1e5; low *= 7) {
            for (double high = low * 1.1; high < 1e7; high *= 9) {
                struct axis axis = {.low_ns = low, .high_ns = high, .linear = linear};
                for (unsigned columns = 1; columns <= CHART_COLUMNS; columns += 73) {
                    chart_count(&chart, &histogram, &axis, columns);
                    cr_assert_float_eq(sum_of_counts(), 5000, 1e-6);
                }
            }
        }
    }
}

Test(chart, counts_are_where_the_samples_are)
{
    struct axis axis = {.low_ns = 100, .high_ns = 10000};
    for (int i = 0; i < 10; i++)
        histogram_record(&histogram, 1000);
    histogram_record(&histogram, 50);
    histogram_record(&histogram, 20000);
    histogram_record(&histogram, 30000);
    chart_count(&chart, &histogram, &axis, 40);
    cr_assert_float_eq(chart.counts[20], 10, 1e-9); /* half of two decades */
    cr_assert_float_eq(chart.below, 1, 1e-9);
    cr_assert_float_eq(chart.above, 2, 1e-9);
    cr_assert_float_eq(chart.most, 10, 1e-9);
}

Test(chart, columns_narrower_than_a_bucket_show_no_comb)
{
    struct axis axis = {.low_ns = 10, .high_ns = 20, .linear = true};
    for (uint64_t ns = 10; ns < 20; ns++)
        histogram_record(&histogram, ns);
    chart_count(&chart, &histogram, &axis, 100); /* ten columns per bucket */
    for (unsigned i = 0; i < 100; i++)
        cr_assert_float_eq(chart.counts[i], 0.1, 1e-9);
}

Test(chart, heights_are_proportional_and_never_hide_a_sample)
{
    chart = (struct chart){.columns = 4, .counts = {1000, 500, 0.001, 0}, .most = 1000};
    cr_assert_eq(chart_height(&chart, 0, 80, false), 80);
    cr_assert_eq(chart_height(&chart, 1, 80, false), 40);
    cr_assert_eq(chart_height(&chart, 2, 80, false), 1);
    cr_assert_eq(chart_height(&chart, 3, 80, false), 0);
    cr_assert_eq(chart_height(&chart, 9, 80, false), 0);
    cr_assert_eq(chart_height(&chart, 0, 80, true), 80);
    cr_assert_gt(chart_height(&chart, 1, 80, true), 40);
}

Test(axis, value_and_position_are_inverse)
{
    for (int linear = 0; linear < 2; linear++) {
        struct axis axis = {.low_ns = 30, .high_ns = 7e6, .linear = linear};
        for (double position = 0; position <= 1; position += 0.01)
            cr_assert_float_eq(axis_position(&axis, axis_value(&axis, position)), position, 1e-9);
    }
}

Test(chart, a_fitted_axis_holds_nearly_all_samples)
{
    record(20000, 9000, 1.5);
    histogram_record(&histogram, UINT64_C(5000000000)); /* an outlier must not flatten the rest */
    for (int linear = 0; linear < 2; linear++) {
        struct axis axis = {.linear = linear};
        cr_assert(axis_fit(&axis, &histogram));
        cr_assert_lt(axis.high_ns, 1e6);
        chart_count(&chart, &histogram, &axis, 80);
        cr_assert_leq(chart.below + chart.above, 0.002 * 20000 + 2);
    }
}

Test(chart, samples_beyond_the_range_are_counted_and_on_no_axis)
{
    for (unsigned beyond = 0; beyond <= 100; beyond += 25) {
        histogram_clear(&histogram);
        for (unsigned i = 0; i < 100; i++)
            histogram_record(&histogram,
                             i < beyond ? 2 * HISTOGRAM_MOST_NS : 99 * HISTOGRAM_MOST_NS / 100);
        for (int linear = 0; linear < 2; linear++) {
            struct axis axis = {.linear = linear};
            cr_assert(axis_fit(&axis, &histogram));
            cr_assert_lt(axis.low_ns, axis.high_ns);
            cr_assert_leq(axis.high_ns, (double)HISTOGRAM_MOST_NS);
            chart_count(&chart, &histogram, &axis, 80);
            cr_assert_eq(chart.beyond, beyond);
            cr_assert_float_eq(sum_of_counts(), 100 - beyond, 1e-6);
            if (beyond > 0)
                cr_assert_eq(chart_column(&axis, (double)HISTOGRAM_MOST_NS, 80), 79);
        }
    }
}

Test(chart, an_empty_histogram_fits_nothing)
{
    struct axis axis = {0};
    cr_assert_not(axis_fit(&axis, &histogram));
    cr_assert_not(axis_widen(&axis, &histogram));
    cr_assert_eq(axis.high_ns, 0);
}

Test(chart, zero_gaps_keep_a_logarithmic_axis_valid)
{
    struct axis axis = {0};
    for (int i = 0; i < 100; i++)
        histogram_record(&histogram, 0);
    cr_assert(axis_fit(&axis, &histogram));
    cr_assert(axis.low_ns >= 1 && axis.high_ns > axis.low_ns);
    for (int i = 0; i < 100; i++)
        histogram_record(&histogram, 300);
    cr_assert(axis_fit(&axis, &histogram));
    cr_assert(axis.low_ns <= 300 && axis.high_ns >= 300);
    cr_assert_geq(axis.low_ns, 100, "zeros must not stretch it down to 1 ns");
}

Test(chart, an_axis_widens_by_itself_and_never_narrows)
{
    struct axis axis = {0};
    record(1000, 10000, 0.5);
    cr_assert(axis_widen(&axis, &histogram));
    struct axis before = axis;
    cr_assert_not(axis_widen(&axis, &histogram), "the same samples change nothing");
    for (int i = 0; i < 1000; i++)
        histogram_record(&histogram, 900000);
    cr_assert(axis_widen(&axis, &histogram));
    cr_assert(axis.high_ns >= 900000 && axis.low_ns <= before.low_ns);
    histogram_clear(&histogram);
    record(1000, 10000, 0.1);
    struct axis wide = axis;
    cr_assert_not(axis_widen(&axis, &histogram));
    cr_assert(axis.low_ns == wide.low_ns && axis.high_ns == wide.high_ns);
}

Test(chart, a_zoomed_axis_is_left_alone_until_it_is_fitted)
{
    struct axis axis = {0};
    record(1000, 10000, 1);
    cr_assert(axis_fit(&axis, &histogram));
    struct axis fitted = axis;
    axis_zoom(&axis, 4, 10000);
    cr_assert(axis.low_ns > fitted.low_ns && axis.high_ns < fitted.high_ns);
    cr_assert_float_eq(axis_position(&axis, 10000), axis_position(&fitted, 10000), 1e-9);
    cr_assert_not(axis_widen(&axis, &histogram));
    cr_assert(axis_fit(&axis, &histogram));
    cr_assert_float_eq(axis.low_ns, fitted.low_ns, 1e-9);
}

Test(chart, zooming_is_limited)
{
    for (int linear = 0; linear < 2; linear++) {
        struct axis axis = {.low_ns = 100, .high_ns = 1e6, .linear = linear};
        for (int i = 0; i < 500; i++)
            axis_zoom(&axis, 1.5, 5000);
        cr_assert_gt(axis.high_ns, axis.low_ns);
        for (int i = 0; i < 500; i++)
            axis_zoom(&axis, 1 / 1.5, 5000);
        cr_assert(isfinite(axis.high_ns) && axis.high_ns > axis.low_ns && axis.low_ns >= 0);
    }
}

static void check_ticks(const struct axis *axis, unsigned columns)
{
    struct tick ticks[AXIS_TICKS];
    unsigned count = axis_ticks(axis, columns, ticks), free_from = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned width = (unsigned)strlen(ticks[i].text);
        cr_assert_lt(ticks[i].column, columns);
        cr_assert(i == 0 || ticks[i].column > ticks[i - 1].column);
        cr_assert(i == 0 || strcmp(ticks[i].text, ticks[i - 1].text) != 0, "%s twice",
                  ticks[i].text);
        cr_assert_geq(ticks[i].start, free_from, "'%s' touches the previous tick", ticks[i].text);
        cr_assert(columns < width || ticks[i].start + width <= columns);
        free_from = ticks[i].start + width + 1;
    }
    if (columns >= 40 && axis->high_ns - axis->low_ns >= 10) /* nothing is measured below a ns */
        cr_assert_geq(count, 2, "%g to %g in %u columns", axis->low_ns, axis->high_ns, columns);
}

Test(axis, ticks_stay_apart_at_any_width)
{
    for (int linear = 0; linear < 2; linear++)
        for (double low = 1; low < 1e9; low *= 13)
            for (double ratio = 1.6; ratio < 1e8; ratio *= 3)
                for (unsigned columns = 4; columns <= 300; columns += 11)
                    check_ticks(
                        &(struct axis){.low_ns = low, .high_ns = low * ratio, .linear = linear},
                        columns);
}

/* The range of a timeline that is zoomed to a few ns, up to a second after its start. */
Test(axis, ticks_of_a_short_range_differ)
{
    for (double low = 1; low < 1e9; low *= 7)
        for (double range = 10; range < 1e6; range *= 3)
            check_ticks(&(struct axis){.low_ns = low, .high_ns = low + range, .linear = true}, 120);
}

static unsigned check_labels(struct label *labels, unsigned count, unsigned columns, unsigned rows)
{
    unsigned placed = 0;
    chart_place(labels, count, columns, rows);
    for (unsigned i = 0; i < count; i++) {
        const struct label *a = &labels[i];
        if (!a->placed)
            continue;
        placed++;
        cr_assert(a->row < rows && a->start + a->width <= columns);
        cr_assert(a->column < a->start || a->column >= a->start + a->width);
        for (unsigned j = 0; j < count; j++) {
            const struct label *b = &labels[j];
            if (i == j || !b->placed)
                continue;
            bool same = a->row == b->row;
            cr_assert(!same || a->start + a->width <= b->start || b->start + b->width <= a->start,
                      "labels overlap");
            cr_assert(b->row > a->row || b->column < a->start || b->column >= a->start + a->width,
                      "a line crosses a label");
        }
    }
    return placed;
}

Test(chart_labels, never_collide_and_all_fit_in_enough_rows)
{
    srand(3);
    for (int round = 0; round < 20000; round++) {
        struct label labels[5];
        unsigned column = 0;
        for (unsigned i = 0; i < 5; i++) {
            column += (unsigned)rand() % 13;
            labels[i] = (struct label){.column = column, .width = 9 + (unsigned)rand() % 5};
        }
        unsigned rows = 1 + (unsigned)rand() % 5;
        cr_assert_geq(check_labels(labels, 5, 66, rows), 1);
    }
    struct label close[5];
    for (unsigned i = 0; i < 5; i++)
        close[i] = (struct label){.column = 10 + 2 * i, .width = 12};
    cr_assert_eq(check_labels(close, 5, 66, 5), 5);
}

/* A few steps that the system delayed do not squeeze the others. */
Test(chart, an_axis_of_most_samples_leaves_out_outliers)
{
    struct axis axis = {0}, all = {0};
    cr_assert_not(axis_widen_to_most(&axis, &histogram), "no samples");
    for (int i = 0; i < 10000; i++)
        histogram_record(&histogram, i < 90 ? 4000000 : 2000 + (uint64_t)i / 20);
    cr_assert(axis_widen(&all, &histogram));
    cr_assert_geq(all.high_ns, 4000000);
    cr_assert(axis_widen_to_most(&axis, &histogram));
    cr_assert_leq(axis.low_ns, 2000);
    cr_assert_leq(axis.high_ns, 3000);
    histogram_record(&histogram, 1);
    cr_assert_not(axis_widen_to_most(&axis, &histogram));
}
