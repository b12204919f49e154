#include "../../ui/model/heat.h"
#include "verified_run.h"

#define SECOND HEAT_INTERVAL_NS

static struct heat heat;
static struct run run;

static void begin(void)
{
    memset(&heat, 0, sizeof heat);
    cr_assert(run_open(&run));
    run.asked = knobs_defaults();
    run.epoch = 1;
    strcpy(run.variant, "some");
}

static void end(void)
{
    run_close(&run);
}

TestSuite(heat, .init = begin, .fini = end);

Test(heat, a_row_contains_only_its_seconds_samples)
{
    record_times(&run, METRIC_STEP, 1000, 50); /* before heat_follow sees the run */
    cr_assert_not(heat_follow(&heat, &run, METRIC_STEP, SECOND));
    record_times(&run, METRIC_STEP, 2000, 30);
    record_times(&run, METRIC_STEP, 8000, 10);
    cr_assert_not(heat_follow(&heat, &run, METRIC_STEP, SECOND + SECOND / 2));
    cr_assert(heat_follow(&heat, &run, METRIC_STEP, 2 * SECOND));
    const struct heat_row *row = heat_at(&heat, 0);
    cr_assert_eq(row->count, 40);
    cr_assert_float_eq(heat_share(row, 1900, 2100), 0.75, 1e-9);
    cr_assert_float_eq(heat_share(row, 7500, 8500), 0.25, 1e-9);
    cr_assert_float_eq(heat_share(row, 900, 1100), 0, 1e-9);
    cr_assert_null(heat_at(&heat, 1));
}

Test(heat, column_shares_add_up_at_any_width)
{
    heat_follow(&heat, &run, METRIC_STEP, SECOND);
    for (uint64_t ns = 500; ns < 50000; ns += 13)
        record_times(&run, METRIC_STEP, ns, 1);
    heat_follow(&heat, &run, METRIC_STEP, 2 * SECOND);
    double sum = 0;
    for (int i = 0; i < 3000; i++)
        sum += heat_share(heat_at(&heat, 0), 20.0 * i, 20.0 * (i + 1));
    cr_assert_float_eq(sum, 1, 1e-6);
}

Test(heat, a_new_epoch_adds_a_mark_and_another_variant_starts_over)
{
    heat_follow(&heat, &run, METRIC_STEP, SECOND);
    record_times(&run, METRIC_STEP, 1000, 5);
    heat_follow(&heat, &run, METRIC_STEP, 2 * SECOND);
    histogram_clear(&run.histograms[METRIC_STEP]);
    run.epoch++;
    run.asked.batch = 16;
    record_times(&run, METRIC_STEP, 4000, 7);
    heat_follow(&heat, &run, METRIC_STEP, 3 * SECOND);
    cr_assert_eq(heat_at(&heat, 0)->count, 7);
    cr_assert_str_eq(heat_at(&heat, 0)->mark, "BATCH 16");
    cr_assert_eq(heat_at(&heat, 1)->count, 5);
    cr_assert_str_eq(heat_at(&heat, 1)->mark, "");
    strcpy(run.variant, "other");
    heat_follow(&heat, &run, METRIC_STEP, 4 * SECOND);
    cr_assert_null(heat_at(&heat, 0));
}

Test(heat, the_newest_rows_are_kept)
{
    for (uint64_t i = 1; i < 3 * HEAT_ROWS; i++) {
        record_times(&run, METRIC_STEP, 1000 * i, 1);
        heat_follow(&heat, &run, METRIC_STEP, i * SECOND);
    }
    cr_assert_not_null(heat_at(&heat, HEAT_ROWS - 1));
    cr_assert_null(heat_at(&heat, HEAT_ROWS));
    const double newest = 1000.0 * (3 * HEAT_ROWS - 1);
    cr_assert_float_eq(heat_share(heat_at(&heat, 0), newest - 999, newest + 999), 1, 0.01);
}
