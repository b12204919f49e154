#include "../../kernels/clock.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "../../src/harness/measure.h"
#include "cache.h"

#include <math.h>

/* ---- the rule of --until-stable ------------------------------------------------------------- */

static struct run run;

/* The relative error of the median of `count` iterations, spread evenly over [100,000, 100,000 +
 * spread) ns. */
static double error_of(unsigned count, unsigned spread)
{
    cr_assert(run_open(&run));
    for (unsigned i = 0; i < count; i++)
        histogram_record(&run.histograms[METRIC_ITERATION], 100000 + (uint64_t)i * spread / count);
    double error = measure_median_error(&run);
    run_close(&run);
    return error;
}

Test(measure, fewer_iterations_than_fifty_are_never_stable)
{
    cr_assert(isinf(error_of(0, 1)));
    cr_assert(isinf(error_of(MEASURE_STABLE_LEAST - 1, 1)));
    cr_assert_leq(error_of(MEASURE_STABLE_LEAST, 1), MEASURE_STABLE);
}

Test(measure, more_of_the_same_samples_make_the_median_stable)
{
    /* For n samples spread evenly over a width w, the interval is about ± 0.98 w / sqrt(n). */
    double few = error_of(100, 20000), many = error_of(10000, 20000);
    cr_assert_gt(few, MEASURE_STABLE);
    cr_assert_lt(many, MEASURE_STABLE);
    cr_assert_float_eq(few, 0.98 * 20000 / 10 / 110000, 0.1 * few);
    cr_assert_float_eq(many, 0.98 * 20000 / 100 / 110000, 0.1 * many);
}

/* ---- how a measurement ends ----------------------------------------------------------------- */

static struct isolate isolate;
static struct isolate_order order;

/* Opens the device for two variants with endless ITERATIONS. */
static void begin(void)
{
    struct error error = {0};
    struct knob_settings settings;
    const struct variant *asked[] = {variant_find("cpu_per_token"), variant_find("cpu_graph")};
    clock_start();
    cache_begin();
    cache_fill();
    knobs_reset(&settings);
    knobs_apply_quick(&settings);
    settings.knobs.iterations = 0;
    order = (struct isolate_order){.knobs = settings.knobs, .limit_ns = UINT64_MAX};
    assert_success(
        isolate_open(&isolate, &measure_task, BACKEND_CPU, 0, asked, 2, &settings.knobs, &error));
}

static void end(void)
{
    isolate_close(&isolate);
    folder_end();
}

TestSuite(ending, .init = begin, .fini = end, .timeout = 60);

static const struct run *measure_both(void)
{
    for (uint32_t i = 0; i < 2; i++)
        cr_assert(isolate_perform(&isolate, i, &order), "%s", isolate.runs[i].error.text);
    return isolate.runs;
}

Test(ending, a_duration_ends_each_variant_with_samples_and_a_verdict)
{
    order.duration_ns = 1000000;
    const struct run *runs = measure_both();
    for (int i = 0; i < 2; i++) {
        cr_assert_gt(runs[i].histograms[METRIC_ITERATION].count, 0);
        cr_assert_eq(runs[i].status, RUN_MEASURING, "status %d", runs[i].status);
        cr_assert_eq(runs[i].verification.verdict, VERDICT_RIGHT);
        cr_assert_not(isolate.progress[i].stable);
    }
}

Test(ending, until_stable_ends_at_the_duration)
{
    order.duration_ns = UINT64_C(1000000000);
    order.until_stable = true;
    const struct run *runs = measure_both();
    for (int i = 0; i < 2; i++)
        if (isolate.progress[i].stable)
            cr_assert_geq(runs[i].histograms[METRIC_ITERATION].count, MEASURE_STABLE_LEAST);
}
