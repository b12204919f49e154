/*
 * test_worker.c - the worker with fake variants: requests, failures, lost devices, adopted runs,
 * telemetry.
 */
#include "fake_worker.h"
#include "unit.h"

TestSuite(worker, .init = begin_worker, .fini = end_worker, .timeout = 200);

Test(worker, every_other_iteration_has_no_prefill)
{
    request.variants[0] = &fake_prefilled;
    const struct run *run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->status, RUN_DONE);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 20);
    /* Every second iteration runs without the prefill. One in sixteen has the prefill but no
     * stamps, so METRIC_ITERATION does not count it. */
    cr_assert_geq(run->histograms[METRIC_DECODE].count, 19);
    cr_assert_leq(run->histograms[METRIC_DECODE].count,
                  20 + run->histograms[METRIC_BARE].count + 1);
    cr_assert_eq(run->histograms[METRIC_TTFT].count, 20,
                 "iterations without the prefill have no TTFT");
    end_worker();
    begin_worker();
    run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->histograms[METRIC_DECODE].count, 0, "a variant without a prefill");
}

Test(worker, measures_as_many_iterations_as_asked_and_verifies)
{
    const struct run *run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->status, RUN_DONE);
    cr_assert_eq(run->verification.verdict, VERDICT_RIGHT, "%s", run->verification.reason);
    cr_assert_eq(run->verification.checked, run->verification.total);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 20);
    cr_assert_eq(run->histograms[METRIC_STEP].count, 20 * 31);
    cr_assert_eq(run->histograms[METRIC_TTFT].count, 20);
    cr_assert_gt(run->histograms[METRIC_BARE].count, 0);
    cr_assert_eq(run->histograms[METRIC_TTFT].total_ns + run->histograms[METRIC_STEP].total_ns +
                     run->histograms[METRIC_SYNC].total_ns,
                 run->histograms[METRIC_ITERATION].total_ns);
    cr_assert_eq(run->slowest.iteration_ns, run->histograms[METRIC_ITERATION].max_ns);
    cr_assert_gt(run->typical.steps, 0);
}

Test(worker, plans_once_for_each_variant_and_setting_of_its_knobs)
{
    const struct knobs first = request.knobs;
    const int before = plans_ever;
    request.count = 2;
    request.variants[1] = &fake_good2;
    request.tagged = 3;
    post_and_wait(ended);
    cr_assert_eq(plans_ever - before, 2);
    request.knobs.head_dim = 128;
    post_and_wait(ended);
    cr_assert_eq(plans_ever - before, 2, "no variant reads HEAD_DIM");
    request.knobs.seq_len = 16;
    post_and_wait(ended);
    cr_assert_eq(plans_ever - before, 4);
    request.resets++;
    post_and_wait(ended);
    cr_assert_eq(plans_ever - before, 4, "a new epoch with the same knobs");
    request.knobs = first;
    post_and_wait(ended);
    cr_assert_eq(plans_ever - before, 4, "the knobs that were planned first");
}

Test(worker, a_plan_in_the_request_is_used)
{
    const int before = plans_ever;
    const struct plan plan = {.used = request.knobs};
    request.plan = &plan;
    post_and_wait(ended);
    cr_assert_eq(plans_ever - before, 0);
    cr_assert_eq(worker_look(worker)->runs[0].used.threads, KNOB_AUTO,
                 "as in the plan of the request");
}

Test(worker, with_stamps_off_only_iterations_are_timed)
{
    request.knobs.stamps = 0;
    const struct run *run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 20);
    cr_assert_eq(run->histograms[METRIC_STEP].count, 0);
    cr_assert_eq(run->histograms[METRIC_BARE].count, 0);
    cr_assert_eq(run->verification.verdict, VERDICT_RIGHT);
}

static void add_and_select(const struct variant *variant)
{
    request.count = 2;
    request.variants[1] = variant;
    request.selected = 1;
}

Test(worker, wrong_numbers_and_nan_are_wrong)
{
    add_and_select(&fake_wrong);
    const struct run *run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->verification.verdict, VERDICT_WRONG);
    cr_assert_eq(run_speedup(run, run), 0);
    request.variants[1] = &fake_nan;
    run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->verification.verdict, VERDICT_WRONG);
}

Test(worker, a_failure_is_reported_and_others_continue)
{
    const struct variant *const failing[] = {&fake_unprepared, &fake_unsubmitted, &fake_unpolled};
    static const char *const said[] = {"no memory", "launch refused", "fell off"};
    for (int i = 0; i < 3; i++) {
        add_and_select(failing[i]);
        const struct run *run = selected_run(post_and_wait(ended));
        cr_assert_eq(run->status, RUN_FAILED);
        assert_contains(run->error.text, said[i]);
        request.selected = 0;
        run = selected_run(post_and_wait(ended));
        cr_assert_eq(run->status, RUN_DONE);
    }
}

Test(worker, unsupported_variants_are_skipped_with_the_reason)
{
    request.knobs.step_sync = SYNC_GRID;
    const struct run *run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->status, RUN_SKIPPED);
    cr_assert_str_eq(run->error.text, "no grid here");
    cr_assert_eq(prepared_ever, 0);
}

/* ---- lost devices --------------------------------------------------------------------------- */

Test(worker, after_a_lost_device_nothing_is_called)
{
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("what is given up counts as a leak");
#endif
    struct error error = {0};
    request.variants[0] = &fake_lost;
    const struct snapshot *snapshot = post_and_wait(given_up);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    cr_assert_eq(selected_run(snapshot)->error.kind, ERROR_LOST);
    cr_assert_str_eq(snapshot->error.text, "some call: some error");
    cr_assert_not(worker_stop(worker), "the caller learns that the device is lost");
    cr_assert_eq(prepared_now, 1, "the variant was released, which may take forever");
    prepared_now = 0;
    worker = worker_start(BACKEND_CPU, 0, &error);
}

Test(worker, running_between_iterations_requires_quiesce)
{
    request.variants[0] = &fake_resident;
    const struct snapshot *snapshot = post_and_wait(ended);
    cr_assert_eq(selected_run(snapshot)->verification.verdict, VERDICT_RIGHT);
    request.variants[0] = &fake_good;
    post_and_wait(ended);
    cr_assert_eq(disturbed, 0);
}

Test(worker, a_lost_device_is_reported_with_the_changed_knobs)
{
#if defined(__SANITIZE_ADDRESS__)
    cr_skip_test("what is given up counts as a leak");
#endif
    post_and_wait(ended);
    request.variants[0] = &fake_restless;
    request.knobs.seq_len = 7;
    const struct snapshot *snapshot = post_and_wait(given_up);
    const char *loss = worker_loss(worker);
    cr_assert_eq(snapshot->error.kind, ERROR_LOST);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    cr_assert_not_null(loss);
    assert_contains(loss, "restless on cpu");
    assert_contains(loss, ": it did not leave\n");
    assert_contains(loss, "\nknobs: SEQ_LEN=7 BATCH=8");
    assert_contains(loss, "\nprevious variant: good SEQ_LEN=32 BATCH=8");
    assert_contains(loss, " SEQ_LEN 32 to 7;");
    cr_assert_eq(prepared_now, 1, "the variant was released, which may take forever");
    prepared_now = 0;
}

/* Starts a new worker, which adopts the runs of the snapshot. NULL: from the same device. */
static void adopt(const struct snapshot *snapshot, const char *device_name)
{
    static struct run runs[2];
    struct device_info device = snapshot->device;
    struct error error = {0};
    for (uint32_t i = 0; i < snapshot->count; i++)
        cr_assert(run_open(&runs[i]) && run_copy(&runs[i], &snapshot->runs[i]));
    if (device_name)
        snprintf(device.name, sizeof device.name, "%s", device_name);
    uint32_t count = snapshot->count;
    worker_stop(worker);
    worker = worker_start(BACKEND_CPU, 0, &error);
    cr_assert_not_null(worker, "%s", error.text);
    worker_adopt(worker, &device, runs, count);
}

Test(worker, an_adopted_epoch_continues)
{
    const struct snapshot *snapshot = post_and_wait(ended);
    adopt(snapshot, NULL);
    request.knobs.iterations = 0;
    request.paused = true;
    snapshot = post_and_wait(idle);
    cr_assert_eq(selected_run(snapshot)->status, RUN_WAITING,
                 "the variant reads ITERATIONS, so a new epoch begins");
    request.paused = false;
    request.survey = true;
    worker_post(worker, &request);
    wait_for_units(0, 1);
    request.paused = true;
    snapshot = post_and_wait(idle);
    const uint32_t units = selected_run(snapshot)->turns.units;
    uint64_t before = selected_run(snapshot)->histograms[METRIC_ITERATION].count;
    adopt(snapshot, NULL);
    snapshot = post_and_wait(idle);
    const struct run *run = selected_run(snapshot);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, before);
    cr_assert_eq(run->status, RUN_MEASURING);
    cr_assert_eq(run->turns.units, units, "the time slices are kept, too");
    adopt(snapshot, "another one");
    run = selected_run(post_and_wait(idle));
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 0,
                 "the runs were measured on another device");
}

/* Telemetry covers the recorded iterations, but neither the check nor the warm-up. */
Test(worker, the_meter_is_read_while_something_is_measured)
{
    request.knobs.warmup = 5;
    const struct run *run = selected_run(post_and_wait(ended));
    const uint64_t iterations =
        run->histograms[METRIC_ITERATION].count + run->histograms[METRIC_BARE].count;
    cr_assert_geq(run->telemetry.readings, 1);
    cr_assert_leq(run->telemetry.tokens,
                  iterations * (uint64_t)(run->used.batch * run->used.seq_len));
    cr_assert_eq(run->telemetry.cores, worker_look(worker)->device.units);
    const uint64_t readings = run->telemetry.readings;
    request.resets++;
    request.no_telemetry = true;
    run = selected_run(post_and_wait(ended));
    cr_assert_eq(run->telemetry.readings, 0);
    request.resets++;
    request.no_telemetry = false;
    run = selected_run(post_and_wait(ended));
    cr_assert_geq(run->telemetry.readings, 1, "after %lu", (unsigned long)readings);
}

static bool has_readings(const struct snapshot *snapshot)
{
    return selected_run(snapshot)->telemetry.readings >= 3;
}

/* The meter is read during a time slice. Pauses and restarts lose no reading. */
Test(worker, telemetry_outlasts_a_pause_and_a_restart)
{
    request.knobs.iterations = 0;
    post_and_wait(has_readings);
    request.paused = true;
    const struct snapshot *snapshot = post_and_wait(idle);
    const struct telemetry paused = selected_run(snapshot)->telemetry;
    cr_assert_geq(paused.readings, 3);
    cr_assert_gt(paused.tokens, 0);
    adopt(snapshot, NULL);
    snapshot = post_and_wait(idle);
    cr_assert_arr_eq(&selected_run(snapshot)->telemetry, &paused, sizeof paused);
    request.paused = false;
    do
        snapshot = post_and_wait(measuring);
    while (selected_run(snapshot)->telemetry.readings == paused.readings);
    cr_assert_gt(selected_run(snapshot)->telemetry.readings, paused.readings);
    cr_assert_geq(selected_run(snapshot)->telemetry.tokens, paused.tokens);
}

Test(worker, an_adopted_failure_runs_again_only_on_request)
{
    add_and_select(&fake_unpolled);
    adopt(post_and_wait(ended), NULL);
    int before = prepared_ever;
    const struct snapshot *snapshot = post_and_wait(idle);
    cr_assert_eq(selected_run(snapshot)->status, RUN_FAILED);
    assert_contains(selected_run(snapshot)->error.text, "fell off");
    cr_assert_eq(prepared_ever, before);
    request.resets++;
    post_and_wait(ended);
    cr_assert_eq(prepared_ever, before + 1, "it runs again on request");
}

Test(worker, only_a_knob_that_the_variant_reads_begins_an_epoch)
{
    request.knobs.iterations = 0;
    uint64_t epoch = selected_run(post_and_wait(measuring))->epoch;
    request.knobs.block_k = 16; /* no variant reads it */
    cr_assert_eq(selected_run(post_and_wait(measuring))->epoch, epoch);
    request.knobs.seq_len = 7;
    const struct run *run = selected_run(post_and_wait(measuring));
    cr_assert_gt(run->epoch, epoch);
    cr_assert_eq(run->used.seq_len, 7);
    cr_assert_eq(run->histograms[METRIC_STEP].count % 6, 0, "samples of two epochs are mixed");
    epoch = run->epoch;
    request.resets++;
    cr_assert_gt(selected_run(post_and_wait(measuring))->epoch, epoch);
}
