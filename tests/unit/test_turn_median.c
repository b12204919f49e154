#include "../../src/engine/turn_median.h"
#include "unit.h"
#include "verified_run.h"

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

static void have_turn(uint64_t count, uint64_t ns)
{
    turn_median_begin(&median, &run);
    record_times(&run, METRIC_ITERATION, ns, count);
    turn_median_end(&median, &run);
}

Test(turn_median, a_time_slice_counts_by_its_own_samples)
{
    have_turn(1000, 1000000);
    have_turn(400, 2000000);
    cr_assert_eq(run.turns.units, 2);
    cr_assert_float_eq(run.turns.mean, (log(1e6) + log(2e6)) / 2, 1e-3,
                       "the second median is of 400 samples, not of 1,400");
    cr_assert_eq(run_evidence(&run).units, 2);
    cr_assert(run_evidence(&run).turns);
}

Test(turn_median, a_short_time_slice_is_no_unit)
{
    have_turn(399, 1000000);
    cr_assert_eq(run.turns.units, 0, "less than 0.4 s");
    have_turn(9, 100000000);
    cr_assert_eq(run.turns.units, 0, "fewer than ten samples");
    have_turn(1, 1000000);
    cr_assert_eq(run.turns.units, 0, "earlier samples do not count");
    have_turn(10, 40000000);
    cr_assert_eq(run.turns.units, 1);
}

/* A variant with a prefill is compared by its iterations without the prefill, once there are any.
 */
Test(turn_median, it_covers_the_compared_part)
{
    turn_median_begin(&median, &run);
    record_times(&run, METRIC_ITERATION, 10000000, 100);
    record_times(&run, METRIC_DECODE, 3000000, 100);
    cr_assert_eq(turn_median_taken_ns(&median, &run), UINT64_C(1300000000));
    turn_median_end(&median, &run);
    cr_assert_eq(run.turns.units, 1);
    cr_assert_float_eq(run.turns.mean, log(3e6), 1e-3);
    turn_median_begin(&median, &run);
    record_times(&run, METRIC_ITERATION, 10000000, 100);
    record_times(&run, METRIC_DECODE, 3000000, 9);
    turn_median_end(&median, &run);
    cr_assert_eq(run.turns.units, 1, "nine iterations without the prefill are too few");
}
