/*
 * test_worker_turns.c - the worker with fake variants: how runs share the device in time slices
 * (turns).
 */
#include "fake_worker.h"

#include "../../kernels/clock.h"
#include "unit.h"

#include <math.h>
#include <unistd.h>

/* No request has a limit of iterations. */
static void begin_endless(void)
{
    begin_worker();
    request.knobs.iterations = 0;
}

TestSuite(worker_turns, .init = begin_endless, .fini = end_worker, .timeout = 200);

Test(worker_turns, the_survey_gives_every_variant_a_turn_and_returns)
{
    request.count = 3;
    request.variants[1] = &fake_good2;
    request.variants[2] = &fake_wrong;
    request.survey = true;
    const struct snapshot *snapshot = post_and_wait(surveyed);
    cr_assert_eq(snapshot->runs[1].verification.verdict, VERDICT_RIGHT);
    cr_assert_eq(snapshot->runs[2].verification.verdict, VERDICT_WRONG);
    uint64_t before = snapshot->runs[0].histograms[METRIC_ITERATION].count;
    do {
        snapshot = worker_look(worker);
    } while (snapshot->runs[0].histograms[METRIC_ITERATION].count < before + 10);
    cr_assert_eq(snapshot->active, 0);
}

static uint64_t iterations_of(const struct snapshot *snapshot, uint32_t index)
{
    return snapshot->runs[index].histograms[METRIC_ITERATION].count;
}

/* Waits until run `index` has the device and has recorded more samples than before. */
static const struct snapshot *wait_for_turn(uint32_t index, uint64_t before)
{
    const struct snapshot *snapshot = worker_look(worker);
    while (snapshot->count <= index || snapshot->active != index ||
           snapshot->runs[index].status != RUN_MEASURING ||
           iterations_of(snapshot, index) <= before)
        snapshot = next_look();
    return snapshot;
}

Test(worker_turns, only_tagged_runs_take_turns)
{
    request.count = 3;
    request.variants[1] = &fake_good2;
    request.variants[2] = &fake_prefilled;
    request.tagged = 1u << 2;
    uint64_t first = 0, third = 0, epoch = 0;
    worker_post(worker, &request);
    for (int turn = 0; turn < 3; turn++) {
        const struct snapshot *snapshot = wait_for_turn(0, first);
        cr_assert(epoch == 0 || snapshot->runs[0].epoch == epoch);
        epoch = snapshot->runs[0].epoch;
        first = iterations_of(snapshot, 0);
        snapshot = wait_for_turn(2, third);
        third = iterations_of(snapshot, 2);
        cr_assert_eq(snapshot->runs[1].status, RUN_WAITING, "the run is not tagged");
    }
    request.tagged = 0;
    post_and_wait(measuring);
    third = iterations_of(wait_for_turn(0, first), 2);
    first = iterations_of(worker_look(worker), 0);
    uint64_t begin_ns = clock_now();
    while (clock_now() - begin_ns < UINT64_C(1500000000))
        wait_for_turn(0, 0);
    cr_assert_eq(iterations_of(worker_look(worker), 2), third, "no other run has a turn any more");
    cr_assert_gt(iterations_of(worker_look(worker), 0), first);
}

/* Both twins take turns. */
static void request_twins(void)
{
    request.count = 2;
    request.variants[0] = &fake_twin_a;
    request.variants[1] = &fake_twin_b;
    request.tagged = 3;
}

static size_t count_letter(char letter)
{
    size_t count = 0;
    for (size_t i = 0; i < prepared_count; i++)
        count += prepared_order[i] == letter;
    return count;
}

/* Two variants that differ only in name take turns in random order. Each is prepared again for
 * every turn, and their medians are equal. */
Test(worker_turns, turns_are_units_in_random_order_each_prepared_again)
{
    request_twins();
    worker_post(worker, &request);
    while (!strstr(prepared_order, "AA") && !strstr(prepared_order, "BB"))
        wait_for_units(0, worker_look(worker)->runs[0].turns.units + 1);
    wait_for_units(0, EVIDENCE_LEAST);
    wait_for_units(1, EVIDENCE_LEAST);
    request.paused = true;
    const struct snapshot *snapshot = post_and_wait(idle);
    const struct evidence a = run_evidence(&snapshot->runs[0]);
    const struct evidence b = run_evidence(&snapshot->runs[1]);
    const size_t turns = a.units + b.units;
    cr_assert(a.turns && b.turns);
    cr_assert(prepared_count == turns || prepared_count == turns + 1, "%zu turns, %zu prepared",
              turns, prepared_count);
    cr_assert(count_letter('A') >= a.units && count_letter('B') >= b.units);
    cr_assert_leq(fabs(a.mean - b.mean), 0.7, "the variants are equal: %g and %g", a.mean, b.mean);
}

Test(worker_turns, a_run_alone_gets_enough_turns_for_a_verdict)
{
    request.survey = true;
    worker_post(worker, &request);
    const struct snapshot *snapshot = wait_for_units(0, EVIDENCE_LEAST);
    const uint64_t epoch = snapshot->runs[0].epoch;
    cr_assert_geq(prepared_ever, (int)EVIDENCE_LEAST, "a turn without preparation");
    const uint64_t before_ns = snapshot->runs[0].histograms[METRIC_ITERATION].total_ns;
    do {
        snapshot = wait_for_turn(0, iterations_of(snapshot, 0));
        cr_assert_eq(snapshot->runs[0].status, RUN_MEASURING, "the status on the screen stays");
    } while (snapshot->runs[0].histograms[METRIC_ITERATION].total_ns < before_ns + 1500000000);
    cr_assert_eq(snapshot->runs[0].turns.units, EVIDENCE_LEAST, "then turns are long");
    cr_assert_eq(prepared_ever, (int)EVIDENCE_LEAST + 1);
    cr_assert_eq(snapshot->runs[0].epoch, epoch);
}

Test(worker_turns, a_run_measured_alone_is_not_prepared_again)
{
    worker_post(worker, &request);
    const struct snapshot *snapshot = worker_look(worker);
    do {
        snapshot = wait_for_turn(0, snapshot->count > 0 ? iterations_of(snapshot, 0) : 0);
    } while (snapshot->runs[0].histograms[METRIC_ITERATION].total_ns < 1500000000);
    cr_assert_eq(prepared_ever, 1);
    cr_assert_eq(snapshot->runs[0].turns.units, 0);
}

/* No variant is prepared or has a turn without a grant. */
Test(worker_turns, each_grant_gives_a_yielding_run_one_turn)
{
    request_twins();
    request.yields = true;
    post_and_wait(idle);
    cr_assert_eq(prepared_count, 0);
    for (uint32_t grants = 1; grants <= 4; grants++) {
        request.grants = grants;
        post_and_wait(idle);
        cr_assert_eq(prepared_now, 0, "the device is released after the turn");
        request.no_telemetry = grants % 2; /* a request that grants nothing */
        const struct snapshot *snapshot = post_and_wait(idle);
        cr_assert_eq(prepared_count, grants);
        cr_assert_eq(snapshot->runs[0].turns.units + snapshot->runs[1].turns.units, grants);
    }
    cr_assert_eq(count_letter('A'), 2);
    cr_assert_eq(count_letter('B'), 2);
    request.yields = false;
    worker_post(worker, &request);
    wait_for_units(0, 3);
}

Test(worker_turns, a_pause_stops_launching_and_keeps_the_samples)
{
    uint64_t epoch = selected_run(post_and_wait(measuring))->epoch;
    request.paused = true;
    const struct run *run = selected_run(post_and_wait(idle));
    uint64_t count = run->histograms[METRIC_ITERATION].count;
    usleep(100000);
    run = selected_run(worker_look(worker));
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, count);
    request.paused = false;
    const uint64_t id = worker_post(worker, &request);
    do {
        run = selected_run(wait_for(id, measuring));
    } while (run->histograms[METRIC_ITERATION].count == count);
    cr_assert_eq(run->epoch, epoch);
}

Test(worker_turns, being_idle_is_announced)
{
    const struct snapshot *snapshot = post_and_wait(measuring);
    uint64_t number = snapshot->number, version = selected_run(snapshot)->version;
    request.paused = true;
    uint64_t id = worker_post(worker, &request);
    while (!worker_rests(worker, id))
        usleep(1000);
    cr_assert_eq(snapshot->number, number);
    cr_assert_eq(selected_run(snapshot)->version, version);
    snapshot = wait_for(id, idle);
    cr_assert_gt(snapshot->number, number);
    request.paused = false;
    id = worker_post(worker, &request);
    wait_for(id, measuring);
    cr_assert_not(worker_rests(worker, id));
}

Test(worker_turns, the_last_of_a_thousand_requests_wins)
{
    uint64_t id = 0;
    request.count = 2;
    request.variants[1] = &fake_good2;
    request.survey = true;
    for (int i = 0; i < 1000; i++) {
        request.knobs.seq_len = 1 + i % 40;
        request.selected = (uint32_t)i % 2;
        id = worker_post(worker, &request);
        if (i % 50 == 0)
            wait_for(id, measuring);
    }
    const struct run *run = selected_run(wait_for(id, measuring));
    cr_assert_eq(run->used.seq_len, 1 + 999 % 40);
    cr_assert_str_eq(run->variant, "good2");
}
