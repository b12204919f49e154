/*
 * test_rounds.c - measuring in rounds: the order of variants, pooling of processes, and when to
 * stop.
 */
#include "../../kernels/clock.h"
#include "../../src/base/interrupt.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "../../src/harness/measure.h"
#include "../../src/harness/rounds.h"
#include "unit.h"
#include "verified_run.h"

#include <math.h>

/* ---- the order ------------------------------------------------------------------------------ */

Test(rounds, an_order_is_a_reproducible_permutation)
{
    for (uint32_t count = 1; count <= ROUNDS_SLOTS; count++) {
        uint32_t order[ROUNDS_SLOTS], again[ROUNDS_SLOTS];
        bool seen[ROUNDS_SLOTS] = {0};
        rounds_order(7, 0, count, count, order);
        rounds_order(7, 0, count, count, again);
        cr_assert_eq(memcmp(order, again, count * sizeof *order), 0);
        for (uint32_t i = 0; i < count; i++) {
            cr_assert_lt(order[i], count);
            cr_assert_not(seen[order[i]]);
            seen[order[i]] = true;
        }
    }
}

/* How often each of the six orders of three occurs, for three seeds. */
static void count_orders(uint32_t seeds, uint32_t streams, uint32_t rounds, unsigned counts[6])
{
    for (uint32_t seed = 0; seed < seeds; seed++)
        for (uint32_t stream = 0; stream < streams; stream++)
            for (uint32_t round = 1; round <= rounds; round++) {
                uint32_t order[3];
                rounds_order(seed, stream, round, 3, order);
                counts[2 * order[0] + (order[1] > order[2])]++;
            }
}

Test(rounds, every_order_is_equally_likely)
{
    const uint32_t ways[][3] = {{6000, 1, 1}, {1, 6000, 1}, {1, 1, 6000}};
    for (int way = 0; way < 3; way++) {
        unsigned counts[6] = {0};
        double squares = 0;
        count_orders(ways[way][0], ways[way][1], ways[way][2], counts);
        for (int i = 0; i < 6; i++)
            squares += (counts[i] - 1000.0) * (counts[i] - 1000.0) / 1000;
        cr_assert_lt(squares, 20.5, "chi-square of 5, 0.1 %%: %g", squares);
    }
}

/* ---- pooling -------------------------------------------------------------------------------- */

static struct run pooled, measured;

static void close_pooled(void)
{
    run_close(&pooled);
    pooled = (struct run){0};
}

TestSuite(rounds, .fini = close_pooled);

/* Makes a verified run of process `id`: 10 iterations of `ns` each. */
static void measure(uint32_t id, uint64_t ns)
{
    struct process process = {.iterations = 10, .p50_ns = ns};
    open_verified(&measured, "cpu_graph", NULL);
    record_times(&measured, METRIC_ITERATION, ns, 10);
    snprintf(process.id, sizeof process.id, "%u", id);
    cr_assert(run_add_process(&measured, &process));
}

/* Measures a process in a round, whose only variant it is, and pools it. */
static void pool(uint32_t id, uint64_t ns, uint32_t round)
{
    measure(id, ns);
    rounds_pool(&pooled, &measured, round, 1);
}

/* Pools a process that stalled in a round. */
static void pool_stalled(uint32_t round)
{
    measure(round, 2000);
    measured.status = RUN_FAILED;
    error_set(&measured.error, ERROR_RUN, "it stalled");
    rounds_pool(&pooled, &measured, round, 1);
}

Test(rounds, a_process_adds_its_samples_its_median_and_its_place_in_the_order)
{
    measure(1, 1000);
    rounds_pool(&pooled, &measured, 1, 2);
    cr_assert_eq(measured.process_count, 0, "the pooled run took the process");
    measure(2, 1200);
    measured.verification.checked = 5;
    measured.stopped_iterations = 3;
    rounds_pool(&pooled, &measured, 2, 1);
    cr_assert_eq(pooled.stopped_iterations, 3);
    cr_assert_eq(pooled.status, RUN_DONE);
    cr_assert_eq(pooled.histograms[METRIC_ITERATION].count, 20);
    cr_assert_eq(pooled.process_count, 2);
    cr_assert_eq(pooled.processes[0].round, 1);
    cr_assert_eq(pooled.processes[0].place, 2);
    cr_assert_eq(pooled.processes[1].round, 2);
    cr_assert_eq(pooled.processes[1].place, 1);
    cr_assert_eq(pooled.processes[1].p50_ns, 1200);
    cr_assert_eq(pooled.verification.checked, 5, "the process that checked more counts");
    cr_assert_float_eq(run_evidence(&pooled).mean, (log(1000) + log(1200)) / 2, 1e-12);
}

Test(rounds, one_wrong_output_makes_the_variant_wrong)
{
    const enum verdict verdicts[] = {VERDICT_RIGHT, VERDICT_WRONG, VERDICT_RIGHT, VERDICT_NONE};
    for (uint32_t round = 1; round <= 4; round++) {
        measure(round, 1000);
        measured.verification.verdict = verdicts[round - 1];
        measured.verification.checked = round;
        rounds_pool(&pooled, &measured, round, 1);
        cr_assert_eq(pooled.verification.verdict, round == 1 ? VERDICT_RIGHT : VERDICT_WRONG);
    }
    cr_assert_eq(pooled.verification.checked, 2);
    cr_assert_eq(pooled.process_count, 4);
}

Test(rounds, an_unverified_process_keeps_the_earlier_verdict)
{
    pool(1, 1000, 1);
    measure(2, 1000);
    measured.verification = (struct verification){.total = 8};
    rounds_pool(&pooled, &measured, 2, 1);
    cr_assert_eq(pooled.verification.verdict, VERDICT_RIGHT);
    run_close(&pooled);
}

Test(rounds, a_failed_round_fails_the_run_and_keeps_earlier_samples)
{
    pool(1, 1000, 1);
    pool_stalled(2);
    cr_assert_eq(pooled.status, RUN_FAILED);
    cr_assert_str_eq(pooled.error.text, "round 2: it stalled");
    cr_assert_eq(pooled.histograms[METRIC_ITERATION].count, 10);
    cr_assert_eq(pooled.process_count, 1);
    close_pooled();

    pool_stalled(1);
    cr_assert_eq(pooled.status, RUN_FAILED);
    cr_assert_str_eq(pooled.error.text, "round 1: it stalled");
    cr_assert_eq(pooled.histograms[METRIC_ITERATION].count, 10, "there are no other samples");
}

/* ---- when to stop --------------------------------------------------------------------------- */

/* Whether a run of `count` processes is stable. The processes' medians alternate between two
 * values, of which one is higher by the fraction `apart`. */
static bool is_stable(uint32_t count, double apart)
{
    close_pooled();
    for (uint32_t i = 0; i < count; i++)
        pool(i, (uint64_t)(1e6 * (1 + (i % 2) * apart)), i + 1);
    return rounds_is_stable(&pooled);
}

Test(rounds, a_median_is_stable_with_five_processes_and_within_one_percent)
{
    cr_assert_not(is_stable(EVIDENCE_LEAST - 1, 0));
    cr_assert(is_stable(EVIDENCE_LEAST, 0));
    cr_assert_not(is_stable(EVIDENCE_LEAST, 0.05));
    cr_assert_not(is_stable(30, 0.06), "3 %% / sqrt(30) * 2.05 is 1.1 %%");
    cr_assert(is_stable(60, 0.06), "3 %% / sqrt(60) * 2.0 is 0.8 %%");
}

/* ---- with processes ------------------------------------------------------------------------- */

static struct isolate isolate;
static struct isolate_order order;
static struct rounds rounds;

/* Begins the first round of cpu_graph and a second variant. `fresh`: in a new process for each. */
static void begin(const char *second, bool fresh)
{
    struct error error = {0};
    struct knob_settings settings;
    const struct variant *asked[] = {variant_find("cpu_graph"), variant_find(second)};
    clock_start();
    knobs_reset(&settings);
    knobs_apply_quick(&settings);
    order = (struct isolate_order){.knobs = settings.knobs, .limit_ns = UINT64_MAX};
    assert_success(
        isolate_open(&isolate, &measure_task, BACKEND_CPU, 0, asked, 2, &settings.knobs, &error));
    rounds_open(&rounds, &isolate, fresh);
    rounds.begun = 1;
}

static void end(void)
{
    rounds_close(&rounds);
    isolate_close(&isolate);
}

TestSuite(fresh, .fini = end, .timeout = 60);

Test(fresh, every_measurement_has_its_own_process)
{
    begin("cpu_persistent", true);
    for (; rounds.begun <= 2; rounds.begun++)
        for (uint32_t i = 0; i < 2; i++)
            cr_assert(rounds_measure(&rounds, i, i + 1, &order));
    const struct process *all[] = {&rounds.runs[0].processes[0], &rounds.runs[0].processes[1],
                                   &rounds.runs[1].processes[0], &rounds.runs[1].processes[1]};
    cr_assert_eq(rounds.runs[0].process_count, 2);
    cr_assert_eq(rounds.runs[1].process_count, 2);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(all[i]->id, all[j]->id);
    cr_assert_eq(all[3]->round, 2);
    cr_assert_eq(all[3]->place, 2);
    cr_assert_eq(rounds.runs[0].histograms[METRIC_ITERATION].count,
                 2 * (uint64_t)order.knobs.iterations);
    cr_assert_gt(rounds.runs[0].typical.iteration_ns, 0, "the stamps of the first round");
    cr_assert_eq(isolate.child, 0);
}

Test(fresh, without_rounds_one_process_measures_all)
{
    begin("cpu_persistent", false);
    for (uint32_t i = 0; i < 2; i++)
        cr_assert(rounds_measure(&rounds, i, i + 1, &order));
    cr_assert_str_eq(rounds.runs[0].processes[0].id, rounds.runs[1].processes[0].id);
    cr_assert_eq(rounds.runs[0].processes[0].round, 0);
}

Test(fresh, a_failed_run_is_not_repeated)
{
    begin("cpu_fault_lost", true);
    for (uint32_t i = 0; i < 2; i++)
        rounds_measure(&rounds, i, i + 1, &order);
    cr_assert(rounds_due(&rounds, 0));
    cr_assert_not(rounds_due(&rounds, 1));
    cr_assert(rounds_any_due(&rounds));
    cr_assert_eq(strncmp(rounds.runs[1].error.text, "round 1: cpuStreamQuery", 23), 0, "%s",
                 rounds.runs[1].error.text);
}

Test(fresh, an_interrupted_process_is_left_out)
{
    begin("cpu_persistent", true);
    rounds_measure(&rounds, 0, 1, &order);
    interrupt_level = 1;
    rounds.begun = 2;
    rounds_measure(&rounds, 0, 1, &order);
    cr_assert_eq(rounds.runs[0].process_count, 1);
    cr_assert_eq(rounds.runs[0].status, RUN_DONE);
}
