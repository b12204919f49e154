#include "../../src/engine/knobs.h"
#include "../../src/engine/parts.h"
#include "../../src/engine/targets.h"
#include "../../src/harness/why.h"
#include "unit.h"
#include "verified_run.h"

#define ITERATIONS 100

static struct run a, b;

/* A run of iterations of 11 steps. The first step takes start_ns, each other step gap_ns + busy_ns,
 * and the synchronisation sync_ns. */
static void fill(struct run *run, const char *variant, uint64_t start_ns, uint64_t gap_ns,
                 uint64_t busy_ns, uint64_t sync_ns)
{
    open_verified(run, variant, NULL);
    const uint64_t step_ns = gap_ns + busy_ns;
    record_times(run, METRIC_ITERATION, start_ns + 10 * step_ns + sync_ns, ITERATIONS);
    record_times(run, METRIC_TTFT, start_ns, ITERATIONS);
    record_times(run, METRIC_SYNC, sync_ns, ITERATIONS);
    record_times(run, METRIC_STEP, step_ns, 10 * ITERATIONS);
    record_times(run, METRIC_GAP, gap_ns, 10 * ITERATIONS);
    record_times(run, METRIC_BUSY, busy_ns, 10 * ITERATIONS);
}

/* Adds measured waits of this many ns per step. */
static void add_phases(struct run *run, uint64_t data_ns, uint64_t barrier_ns)
{
    const uint64_t steps = 10 * ITERATIONS;
    const double step_ns = histogram_mean(&run->histograms[METRIC_STEP]);
    const double gap_ns = histogram_mean(&run->histograms[METRIC_GAP]);
    run->breakdown = (struct breakdown){.steps = steps,
                                        .phased = steps,
                                        .step_ns = steps * (uint64_t)step_ns,
                                        .gap_ns = steps * (uint64_t)gap_ns,
                                        .data_ns = steps * data_ns,
                                        .barrier_ns = steps * barrier_ns};
}

static void close_runs(void)
{
    run_close(&a);
    run_close(&b);
}

TestSuite(why, .fini = close_runs);

/* The reason if A has a gap and B has none. */
#define A_GAP "its gap is 0 ns, A's 3.40 us of a 3.90 us step (p50)"

static const char *why(enum outcome outcome, double ratio)
{
    static char text[WHY_ROOM];
    const struct comparison comparison = {.outcome = outcome, .iteration = {.value = ratio}};
    why_text(&a, "A", &b, "B", &comparison, text);
    return text;
}

Test(why, a_smaller_gap)
{
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    fill(&b, "cpu_persistent", 4000, 0, 500, 2000);
    cr_assert_str_eq(why(OUTCOME_FASTER, 3), "B is faster: " A_GAP);
}

/* The sentence states the duration of the slower variant's step. */
Test(why, a_busier_step_makes_a_variant_slower)
{
    fill(&a, "cpu_per_token", 4000, 100, 500, 2000);
    fill(&b, "cpu_persistent", 4000, 100, 900, 2000);
    cr_assert_str_eq(why(OUTCOME_SLOWER, 0.8),
                     "B is slower: its busy part is 900 ns of a 1.00 us step, A's 500 ns (p50)");
}

Test(why, time_outside_the_steps)
{
    fill(&a, "cpu_per_token", 9000, 100, 500, 1000);
    fill(&b, "cpu_persistent", 2000, 100, 600, 1000);
    cr_assert_str_eq(why(OUTCOME_FASTER, 1.6),
                     "B is faster: its first token takes 2.00 us, A's 9.00 us of a 16.0 us "
                     "iteration (p50)");
}

Test(why, waits_measured_by_both)
{
    fill(&a, "cpu_per_token", 1000, 100, 1900, 1000);
    fill(&b, "cpu_persistent", 1000, 100, 900, 1000);
    add_phases(&a, 100, 1500);
    add_phases(&b, 100, 400);
    cr_assert_str_eq(
        why(OUTCOME_FASTER, 2),
        "B is faster: its barrier wait is 400 ns, A's 1.50 us of a 2.00 us step (p50)");
}

/* Waits that only one side measured are not a difference. */
Test(why, waits_measured_by_one)
{
    fill(&a, "cpu_per_token", 1000, 100, 1900, 1000);
    fill(&b, "cpu_persistent", 1000, 100, 900, 1000);
    add_phases(&a, 1500, 0);
    cr_assert_str_eq(why(OUTCOME_FASTER, 2),
                     "B is faster: its busy part is 900 ns, A's 1.90 us of a 2.00 us step (p50)");
}

/* Steps are 12 times as fast, but the iteration is not, because the first token takes most of it.
 */
Test(why, an_iteration_that_is_mostly_first_token)
{
    fill(&a, "cpu_per_token", 8000, 7000, 500, 2000);
    fill(&b, "cpu_persistent", 20000, 100, 500, 2000);
    cr_assert_str_eq(why(OUTCOME_FASTER, 3),
                     "B is faster: its gap is 1.00 us, A's 70.0 us of an 85.0 us iteration; first "
                     "token takes 20.0 us of B's 28.0 us (p50)");
}

Test(why, a_stolen_step_is_no_reason)
{
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    fill(&b, "cpu_persistent", 4000, 0, 500, 2000);
    record_times(&a, METRIC_STEP, 40000000, 40);
    record_times(&a, METRIC_GAP, 40000000, 40);
    record_times(&a, METRIC_BUSY, 500, 40);
    cr_assert_gt(histogram_mean(&a.histograms[METRIC_STEP]), 1000000);
    cr_assert_str_eq(why(OUTCOME_FASTER, 3), "B is faster: " A_GAP);
}

/* Steps of a program cannot be compared with steps of the batch. Iterations can. */
Test(why, a_free_running_variant_is_compared_by_iterations)
{
    fill(&a, "cpu_per_token", 1000, 900, 100, 1000);
    fill(&b, "cpu_persistent", 1000, 100, 100, 1000);
    b.facts.free_running = true;
    cr_assert_str_eq(why(OUTCOME_FASTER, 3),
                     "B is faster: its gap is 1.00 us, A's 9.00 us of a 12.0 us iteration (p50)");
}

/* A free-running variant's recording has no gap. */
Test(why, a_free_running_variant_without_gaps_is_compared_by_steps)
{
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    fill(&b, "cpu_persistent", 1000, 0, 400, 1000);
    b.facts.free_running = true;
    histogram_clear(&b.histograms[METRIC_GAP]);
    histogram_clear(&b.histograms[METRIC_BUSY]);
    cr_assert_str_eq(why(OUTCOME_FASTER, 6),
                     "B is faster: its programs run freely and take 400 ns a step; A's step takes "
                     "3.90 us, of which 3.40 us are gap (p50)");
}

/* Only operations that both variants have, equally often, are compared. */
Test(why, the_operation_that_differs_most)
{
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    fill(&b, "cpu_persistent", 500, 100, 400, 1000);
    a.operations = (struct operations){
        .steps = 10, .count = 2, .of = {{"QKV", 4, 9000, 0, 0, 0}, {"head", 1, 30000, 0, 0, 0}}};
    b.operations = (struct operations){
        .steps = 20, .count = 2, .of = {{"QKV", 4, 4000, 0, 0, 0}, {"head", 1, 50000, 0, 0, 0}}};
    cr_assert_str_eq(why(OUTCOME_FASTER, 6),
                     "B is faster: its gap is 100 ns, A's 3.40 us of a 3.90 us step (p50); its QKV "
                     "takes 200 ns, A's 900 ns (mean)");
    b.operations.of[0].count = 3;
    cr_assert_str_eq(why(OUTCOME_FASTER, 6),
                     "B is faster: its gap is 100 ns, A's 3.40 us of a 3.90 us step (p50)");
}

Test(why, reasons_agree_with_the_verdict)
{
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    fill(&b, "cpu_persistent", 4000, 0, 500, 2000);
    cr_assert_str_eq(why(OUTCOME_FEW, 3), "B looks faster: " A_GAP);
    cr_assert_str_eq(why(OUTCOME_CLOSE, 1.01),
                     "B is too close to A to call; what differs most: " A_GAP);
    cr_assert_str_eq(why(OUTCOME_FASTER_HERE, 3),
                     "B is too close to A to call; what differs most: " A_GAP);
    static const enum outcome none[] = {OUTCOME_UNLIKE, OUTCOME_DEVICES, OUTCOME_FAILED,
                                        OUTCOME_WRONG, OUTCOME_UNVERIFIED};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_assert_str_eq(why(none[i], 3), "");
    /* The medians of the time slices contradict the pooled medians. */
    cr_assert_str_eq(why(OUTCOME_FASTER, 0.9), "");
}

Test(why, undivided_steps_give_no_parts)
{
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    cr_assert(run_open(&b));
    cr_assert_str_eq(why(OUTCOME_FASTER, 3), "");
}

/* ---- parts ---------------------------------------------------------------------------------- */

static void check_sums(const struct run *run)
{
    struct parts parts;
    cr_assert(parts_of(run, &parts));
    double step = 0, whole = 0;
    for (int part = 0; part < PART_COUNT; part++) {
        cr_assert_geq(parts.step[part], 0);
        cr_assert_geq(parts.whole[part], 0);
        step += parts.step[part];
        whole += parts.whole[part];
    }
    cr_assert_float_eq(step, parts.step_ns, 0.01);
    cr_assert_float_eq(whole, parts.iteration_ns, 0.01);
}

Test(why, parts_add_up_to_a_step_and_to_an_iteration)
{
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    fill(&b, "cpu_persistent", 4000, 3400, 500, 2000);
    add_phases(&b, 200, 100);
    check_sums(&a);
    check_sums(&b);
    /* A first token that takes longer than the iteration leaves no time for steps. */
    record_times(&a, METRIC_TTFT, 1000000000, 2 * ITERATIONS);
    check_sums(&a);
}

Test(why, parts_are_named_after_the_measured_phases)
{
    struct parts parts;
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    cr_assert(parts_of(&a, &parts));
    cr_assert_str_eq(part_name(&parts, PART_COMPUTE), "busy");
    add_phases(&a, 200, 100);
    cr_assert(parts_of(&a, &parts));
    cr_assert_str_eq(part_name(&parts, PART_COMPUTE), "compute");
    cr_assert_float_eq(parts.step[PART_DATA], 200, 0.01);
    cr_assert_float_eq(parts.step[PART_BARRIER], 100, 0.01);
}

Test(why, a_run_that_failed_has_no_parts)
{
    struct parts parts;
    fill(&a, "cpu_per_token", 4000, 3400, 500, 2000);
    a.status = RUN_FAILED;
    cr_assert_not(parts_of(&a, &parts));
}
