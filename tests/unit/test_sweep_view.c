#include "../../ui/model/sweep_view.h"
#include "verified_run.h"

#define LONG_NS UINT64_C(10000000000) /* longer than a point takes */

static struct sweep_view view;
static struct knob_settings settings;
static struct targets targets;
static struct request request;
static struct snapshot snapshot;
static struct run run;

static void set_up(void)
{
    memset(&view, 0, sizeof view);
    memset(&targets, 0, sizeof targets);
    memset(&request, 0, sizeof request);
    memset(&snapshot, 0, sizeof snapshot);
    knobs_reset(&settings);
    request.variants[0] = targets.variants[0] = variant_find("cpu_persistent");
    targets.by_name[0] = true;
    request.count = targets.count = 1;
    cr_assert(run_open(&run));
    run_begin(&run, request.variants[0], &settings.knobs, &settings.knobs, 1);
}

static void tear_down(void)
{
    sweep_view_close(&view);
    run_close(&run);
}

TestSuite(sweep_view, .init = set_up, .fini = tear_down);

static void begin(void)
{
    struct error error;
    assert_success(
        sweep_view_begin(&view, &some_cpu, &settings.knobs, KNOB_BATCH, &targets, &error));
}

/* The worker's snapshot of the run, for request 5. */
static enum sweep_step take(uint64_t now_ns)
{
    snapshot.request_id = 5;
    snapshot.count = 1;
    snapshot.runs[0] = run;
    return sweep_view_take(&view, &snapshot, &request, now_ns);
}

Test(sweep_view, the_swept_values_surround_the_current_one)
{
    struct sweep_values values;
    sweep_values_choose(&settings.knobs, KNOB_BATCH, &targets, &some_cpu, &values);
    const struct sweep_axis axis = values.axis;
    cr_assert_str_eq(values.left_out, "");
    cr_assert_leq(axis.count, SWEPT_VALUES);
    bool current = false;
    for (uint32_t i = 0; i < axis.count; i++) {
        current |= axis.values[i] == settings.knobs.value[KNOB_BATCH];
        cr_assert(i == 0 || axis.values[i] > axis.values[i - 1]);
    }
    cr_assert(current);
}

Test(sweep_view, a_cpu_skips_gpu_only_values)
{
    const struct variant *persistent = variant_find("cpu_persistent");
    struct sweep_values values;
    targets = (struct targets){.count = 1, .variants = {persistent}};
    sweep_values_choose(&settings.knobs, KNOB_STEP_SYNC, &targets, &some_cpu, &values);
    cr_assert_eq(values.axis.count, 2);
    cr_assert_eq(values.axis.values[0], SYNC_NONE);
    cr_assert_eq(values.axis.values[1], SYNC_FLAG);
    cr_assert(values.has_automatic, "auto is the same setting");
    cr_assert_eq(values.automatic, SYNC_FLAG);
    cr_assert_str_eq(values.left_out,
                     "auto is flag here. Not tried: block, cluster, grid. STEP_SYNC block needs a "
                     "GPU: on the CPU use auto, none or flag");
}

Test(sweep_view, without_a_variant_there_is_nothing_to_sweep)
{
    struct error error;
    targets.count = 0;
    cr_assert_not(
        sweep_view_begin(&view, &some_cpu, &settings.knobs, KNOB_BATCH, &targets, &error));
    cr_assert_not(view.running);
}

Test(sweep_view, a_request_has_only_the_points_value_and_variants)
{
    begin();
    request.survey = request.paused = true;
    sweep_view_ask(&view, &request, 100);
    cr_assert_eq(request.knobs.value[KNOB_BATCH], view.plan.axes[0].values[0]);
    cr_assert_eq(request.tagged, 1);
    cr_assert_not(request.survey || request.paused);
}

Test(sweep_view, a_point_is_taken_once_it_is_measured_and_verified)
{
    begin();
    cr_assert_eq(take(LONG_NS), SWEEP_WAITS, "no request was made");
    sweep_view_ask(&view, &request, 100);
    view.posted = 5;
    record_times(&run, METRIC_ITERATION, 50000, 20);
    cr_assert_eq(take(LONG_NS / 10), SWEEP_WAITS, "the run is not verified");
    run.verification.verdict = VERDICT_RIGHT;
    cr_assert_eq(take(101), SWEEP_WAITS, "the run has not been measured long enough");
    view.posted = 6;
    cr_assert_eq(take(LONG_NS / 10), SWEEP_WAITS, "the snapshot answers an older request");
    view.posted = 5;
    cr_assert_eq(take(LONG_NS / 10), SWEEP_NEXT);
    cr_assert_eq(view.point, 2);
    struct swept_series series = {0};
    sweep_view_fill(&view, 0, &series);
    cr_assert(series.p50_ns[0] > 0);
    cr_assert(series.verified[0]);
    cr_assert_eq(series.p50_ns[1], 0);
    while (view.point < view.results.points)
        cr_assert_eq(take(LONG_NS / 10), SWEEP_NEXT);
    cr_assert_eq(take(LONG_NS / 10), SWEEP_DONE);
}
