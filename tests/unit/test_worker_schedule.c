/*
 * test_worker_schedule.c - the worker's schedule without a thread. Like the worker, the tests begin
 * and end time slices (turns), record samples and set statuses.
 */
#include "../../src/engine/worker_schedule.h"
#include "random.h"
#include "unit.h"
#include "verified_run.h"

#define RUNS 12u

static struct worker_schedule schedule;
static struct request request;
static struct run runs[RUNS];

static void begin(void)
{
    cr_assert(worker_schedule_open(&schedule));
    request = (struct request){.count = RUNS, .selected = 4, .tagged = 1u << 1 | 1u << 7};
    for (uint32_t i = 0; i < RUNS; i++) {
        runs[i] = (struct run){0};
        cr_assert(run_open(&runs[i]));
        runs[i].verification.verdict = VERDICT_RIGHT;
    }
}

static void end(void)
{
    worker_schedule_close(&schedule);
    for (uint32_t i = 0; i < RUNS; i++)
        run_close(&runs[i]);
}

TestSuite(worker_schedule, .init = begin, .fini = end);

/* Changes the request while no run has the device. */
static void change(const struct request *next)
{
    const struct request old = request;
    request = *next;
    worker_schedule_change(&schedule, &request, &old, true);
}

static int next(void)
{
    return worker_schedule_next(&schedule, &request, runs, -1);
}

static bool has_settled(uint32_t index, uint64_t turn_ns)
{
    return worker_schedule_has_settled(&schedule, &request, runs, index, turn_ns);
}

/* Gives the device to run `index`. */
static void give(uint32_t index, uint64_t preparing_ns)
{
    worker_schedule_begin(&schedule, &runs[index], preparing_ns);
    runs[index].status = RUN_MEASURING;
}

static void record(uint32_t index, uint64_t count, uint64_t ns)
{
    record_times(&runs[index], METRIC_ITERATION, ns, count);
}

static void finish(uint32_t index)
{
    worker_schedule_spend(&schedule, &request, index);
    worker_schedule_end(&schedule, &runs[index]);
}

/* Gives the next run a time slice that is just long enough for a unit of evidence. Returns the
 * run's index; -1: no run is next. */
static int have_turn(void)
{
    const int index = next();
    if (index >= 0) {
        give((uint32_t)index, 1000);
        record((uint32_t)index, 10, 50000000);
        finish((uint32_t)index);
    }
    return index;
}

/* The runs that share the device, as a mask of 1 << index. */
static uint32_t sharers(void)
{
    return request.tagged | 1u << request.selected;
}

/* Returns the request with random runs tagged and selected. */
static struct request random_request(uint64_t *seed)
{
    struct request other = request;
    other.tagged = (uint32_t)random_below(seed, 1u << RUNS);
    other.selected = (uint32_t)random_below(seed, RUNS);
    return other;
}

/* ---- cycles ---------------------------------------------------------------------------------- */

Test(worker_schedule, every_sharing_run_has_one_turn_in_each_cycle)
{
    uint64_t seed = 1;
    for (int round = 0; round < 200; round++) {
        const struct request other = random_request(&seed);
        change(&other);
        for (int cycle = 0; cycle < 3; cycle++) {
            uint32_t had = 0;
            for (int turn = __builtin_popcount(sharers()); turn > 0; turn--) {
                const int index = next();
                cr_assert_geq(index, 0);
                cr_assert_not(had >> index & 1, "%d has two turns in a cycle", index);
                cr_assert(had != 0 || cycle > 0 || index == (int)request.selected);
                had |= 1u << index;
            }
            cr_assert_eq(had, sharers());
        }
    }
}

/* A run that has failed or is done leaves the cycle, and the others still take turns. */
Test(worker_schedule, a_cycle_continues_without_a_finished_run)
{
    static const enum run_status ends[] = {RUN_DONE, RUN_FAILED, RUN_SKIPPED};
    for (int i = 0; i < 3; i++) {
        runs[7].status = RUN_WAITING;
        change(&request);
        cr_assert_eq(next(), 4);
        runs[7].status = ends[i];
        cr_assert_eq(next(), 1);
        const int a = next(), b = next();
        cr_assert((a == 1 && b == 4) || (a == 4 && b == 1), "%d, %d", a, b);
    }
    for (uint32_t i = 0; i < RUNS; i++)
        runs[i].status = RUN_DONE;
    cr_assert_eq(next(), -1, "no run is left to measure");
}

Test(worker_schedule, the_run_with_the_device_keeps_it)
{
    change(&request);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(worker_schedule_next(&schedule, &request, runs, 7), 7);
    cr_assert_eq(next(), 4, "the selected run is still due");
}

Test(worker_schedule, a_pause_and_an_empty_request_give_no_turn)
{
    struct request other = request;
    other.paused = true;
    change(&other);
    cr_assert_eq(next(), -1);
    cr_assert_eq(worker_schedule_next(&schedule, &request, runs, 4), -1);
    other.paused = false;
    other.count = 0;
    change(&other);
    cr_assert_eq(next(), -1);
}

/* ---- the survey ------------------------------------------------------------------------------ */

Test(worker_schedule, a_survey_visits_every_other_run_once)
{
    uint64_t seed = 2;
    request.survey = true;
    for (int round = 0; round < 200; round++) {
        const struct request other = random_request(&seed);
        for (uint32_t i = 0; i < RUNS; i++)
            runs[i].status = random_below(&seed, 4) ? RUN_WAITING : RUN_SKIPPED;
        runs[other.selected].status = RUN_WAITING;
        change(&other);
        uint32_t wanted = 0, had = 0;
        for (uint32_t i = 0; i < RUNS; i++)
            if (!(sharers() >> i & 1) && runs[i].status == RUN_WAITING)
                wanted |= 1u << i;
        cr_assert_eq(next(), (int)request.selected, "the selected run comes first");
        runs[request.selected].status = RUN_MEASURING;
        for (int turn = __builtin_popcount(wanted); turn > 0; turn--) {
            const int index = next();
            cr_assert(wanted >> index & 1, "%d needs no visit", index);
            cr_assert_not(had >> index & 1, "%d is visited twice", index);
            had |= 1u << index;
            runs[index].status = RUN_MEASURING;
        }
        for (int turn = 0; turn < 30; turn++)
            cr_assert(sharers() >> next() & 1, "the survey is over");
    }
}

Test(worker_schedule, without_a_survey_no_other_run_has_a_turn)
{
    change(&request);
    for (int turn = 0; turn < 100; turn++)
        cr_assert(sharers() >> next() & 1);
}

Test(worker_schedule, a_turn_in_the_survey_is_over_after_ten_iterations_and_200_ms)
{
    request.survey = true;
    give(0, UINT64_C(60000000000));
    record(0, 9, 100000000);
    cr_assert_not(has_settled(0, UINT64_MAX), "nine iterations");
    record(0, 1, 100000000);
    cr_assert_not(has_settled(0, 199999999));
    cr_assert(has_settled(0, 200000000), "however long preparing took");
    runs[0].status = RUN_WARMING;
    cr_assert_not(has_settled(0, UINT64_MAX), "nothing is recorded yet");
}

Test(worker_schedule, a_turn_waits_for_its_verdict_for_three_seconds)
{
    request.survey = true;
    static const uint32_t indices[] = {0, 4};
    for (int i = 0; i < 2; i++) {
        struct run *run = &runs[indices[i]];
        run->verification.verdict = VERDICT_NONE;
        give(indices[i], 1000);
        record(indices[i], 10, 50000000);
        cr_assert_not(has_settled(indices[i], 2999999999));
        cr_assert(has_settled(indices[i], 3000000000));
        run->verification.verdict = VERDICT_WRONG;
        cr_assert(has_settled(indices[i], 500000000));
    }
}

/* ---- length of turns ------------------------------------------------------------------------- */

Test(worker_schedule, a_turn_becomes_a_unit_and_preparing_takes_at_most_half)
{
    give(4, 700000000);
    record(4, 9, 50000000);
    cr_assert_not(has_settled(4, UINT64_MAX), "the turn is no unit of evidence");
    record(4, 1, 50000000);
    cr_assert_not(has_settled(4, UINT64_MAX), "preparing took longer");
    record(4, 4, 50000000);
    cr_assert(has_settled(4, 700000000));
    finish(4);
    cr_assert_eq(runs[4].turns.units, 1);
    give(4, 0);
    record(4, 9, 10000000);
    finish(4);
    cr_assert_eq(runs[4].turns.units, 1, "the second turn was cut short");
}

/* A run that is measured alone is not prepared again. */
Test(worker_schedule, a_run_alone_keeps_the_device)
{
    request.tagged = 0;
    give(4, 1000);
    record(4, 1000, 100000000);
    cr_assert_not(has_settled(4, UINT64_C(100000000000)));
    request.tagged = 1u << 7;
    cr_assert(has_settled(4, UINT64_C(100000000000)), "until another run takes turns, too");
    runs[7].status = RUN_FAILED;
    cr_assert_not(has_settled(4, UINT64_C(100000000000)), "until the other run fails");
}

/* Until there is a verdict, a run that is alone in a survey has short turns. Then its turns take
 * ten seconds. */
Test(worker_schedule, a_run_alone_in_a_survey_is_prepared_again_until_its_verdict)
{
    request.tagged = 0;
    request.survey = true;
    for (uint32_t i = 0; i < RUNS; i++)
        runs[i].status = i == 4 ? RUN_WAITING : RUN_SKIPPED;
    change(&request);
    for (unsigned unit = 0; unit < EVIDENCE_LEAST; unit++) {
        cr_assert_eq(next(), 4);
        give(4, 1000);
        record(4, 10, 50000000);
        cr_assert(has_settled(4, 500000000), "turn %u", unit);
        finish(4);
    }
    cr_assert_eq(runs[4].turns.units, EVIDENCE_LEAST);
    give(4, 1000);
    record(4, 99, 100000000);
    cr_assert_not(has_settled(4, UINT64_C(9900000000)));
    runs[0].status = RUN_WAITING;
    cr_assert(has_settled(4, UINT64_C(9900000000)), "another waits for its turn in the survey");
    runs[0].status = RUN_MEASURING;
    record(4, 2, 100000000);
    cr_assert(has_settled(4, UINT64_C(10100000000)));
    finish(4);
    give(4, UINT64_C(1000000000));
    record(4, 199, 100000000);
    cr_assert_not(has_settled(4, UINT64_C(19900000000)), "a turn is 20 times as long as preparing");
    record(4, 2, 100000000);
    cr_assert(has_settled(4, UINT64_C(20100000000)));
}

/* ---- grants ---------------------------------------------------------------------------------- */

Test(worker_schedule, a_grant_is_used_up_once)
{
    struct request other = request;
    other.yields = true;
    change(&other);
    cr_assert_eq(next(), -1, "there is no grant yet");
    uint32_t had = 0;
    for (uint32_t grants = 1; grants <= 9; grants++) {
        other.grants = grants;
        change(&other);
        const int index = have_turn();
        cr_assert_geq(index, 0);
        cr_assert_eq(next(), -1, "the turn used up the grant");
        change(&other);
        cr_assert_eq(next(), -1, "a request that grants nothing");
        had = (grants - 1) % 3 == 0 ? 1u << index : had | 1u << index;
        cr_assert(grants % 3 != 0 || had == sharers(), "three turns are a cycle");
    }
    other.yields = false;
    change(&other);
    cr_assert_eq(next(), 4, "without yielding, a turn needs no grant");
}

Test(worker_schedule, an_interrupted_turn_uses_up_no_grant)
{
    struct request other = request;
    other.yields = true;
    other.grants = 1;
    change(&other);
    const int index = next();
    cr_assert_geq(index, 0);
    give((uint32_t)index, 1000);
    worker_schedule_end(&schedule, &runs[index]);
    cr_assert_geq(next(), 0);
}

Test(worker_schedule, a_turn_in_the_survey_uses_up_no_grant)
{
    request.survey = true;
    request.yields = true;
    request.grants = 1;
    worker_schedule_spend(&schedule, &request, 0);
    cr_assert_geq(next(), 0);
    worker_schedule_spend(&schedule, &request, 7);
    cr_assert_eq(next(), -1);
}

Test(worker_schedule, a_granted_turn_has_800_ms_of_iterations)
{
    request.tagged = 0;
    request.yields = true;
    request.grants = 1;
    give(4, 1000);
    record(4, 15, 50000000);
    cr_assert_not(has_settled(4, UINT64_MAX));
    record(4, 1, 50000000);
    cr_assert(has_settled(4, 800000000), "a run alone, too");
    finish(4);
    give(4, 900000000);
    record(4, 17, 50000000);
    cr_assert_not(has_settled(4, UINT64_MAX), "preparing took longer");
    record(4, 1, 50000000);
    cr_assert(has_settled(4, 900000000));
}

/* ---- requests -------------------------------------------------------------------------------- */

/* If turns need grants, a request changes the order only if it selects another run. */
Test(worker_schedule, a_request_makes_the_selected_run_the_next)
{
    struct request other = request;
    change(&other);
    cr_assert_eq(next(), 4);
    const int second = next();
    change(&other);
    cr_assert_eq(next(), 4, "after %d", second);
    other.yields = true;
    other.grants = 1;
    other.selected = 9;
    change(&other);
    cr_assert_eq(next(), 9);
    uint32_t had = 1u << 9;
    for (int turn = 0; turn < 2; turn++) {
        change(&other);
        had |= 1u << next();
    }
    cr_assert_eq(had, sharers(), "the cycle continues");
}

Test(worker_schedule, a_request_during_a_turn_leaves_the_order_as_it_is)
{
    const struct request old = request;
    change(&request);
    cr_assert_eq(next(), 4);
    worker_schedule_change(&schedule, &request, &old, false);
    uint32_t had = 1u << 4;
    for (int turn = 0; turn < 2; turn++)
        had |= 1u << next();
    cr_assert_eq(had, sharers());
}
