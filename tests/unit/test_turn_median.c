#include "../../src/engine/turn_median.h"
#include "unit.h"

#include <math.h>

static struct run run;
static struct turn_median median;

static void open_both(void)
{
    cr_assert(run_open(&run) && turn_median_open(&median));
}

static void close_both(void)
{
    run_close(&run);
    turn_median_close(&median);
}

TestSuite(turn_median, .init = open_both, .fini = close_both);

static void record(enum metric metric, unsigned count, uint64_t ns)
{
    for (unsigned i = 0; i < count; i++)
        histogram_record(&run.histograms[metric], ns);
}

static void have_turn(unsigned count, uint64_t ns)
{
    turn_median_begin(&median, &run);
    record(METRIC_ITERATION, count, ns);
    turn_median_end(&median, &run);
}

Test(turn_median, a_turn_counts_by_its_own_samples)
{
    have_turn(1000, 1000000);
    have_turn(400, 2000000);
    cr_assert_eq(run.turns.units, 2);
    cr_assert_float_eq(run.turns.mean, (log(1e6) + log(2e6)) / 2, 1e-3,
                       "the second is that of 400 samples, not of 1,400");
    cr_assert_eq(run_evidence(&run).units, 2);
    cr_assert(run_evidence(&run).turns);
}

Test(turn_median, a_short_turn_is_no_unit)
{
    have_turn(399, 1000000);
    cr_assert_eq(run.turns.units, 0, "less than 0.4 s");
    have_turn(9, 100000000);
    cr_assert_eq(run.turns.units, 0, "fewer than ten samples");
    have_turn(1, 1000000);
    cr_assert_eq(run.turns.units, 0, "what was before does not count");
    have_turn(10, 40000000);
    cr_assert_eq(run.turns.units, 1);
}

/* For a variant with a prefill, the iterations without it are compared, once there are any. */
Test(turn_median, it_covers_the_compared_part)
{
    turn_median_begin(&median, &run);
    record(METRIC_ITERATION, 100, 10000000);
    record(METRIC_DECODE, 100, 3000000);
    cr_assert_eq(turn_median_taken_ns(&median, &run), UINT64_C(1300000000));
    turn_median_end(&median, &run);
    cr_assert_eq(run.turns.units, 1);
    cr_assert_float_eq(run.turns.mean, log(3e6), 1e-3);
    turn_median_begin(&median, &run);
    record(METRIC_ITERATION, 100, 10000000);
    record(METRIC_DECODE, 9, 3000000);
    turn_median_end(&median, &run);
    cr_assert_eq(run.turns.units, 1, "nine of these are too few");
}
