#include "../../src/engine/run.h"
#include "../../src/engine/steps.h"
#include "random.h"
#include "unit.h"

#define PROGRAMS  6u
#define STEPS     300u
#define SUBMITTED 1000000u

static struct run run;
static struct steps steps;
static struct stamp stamps[PROGRAMS][STEPS];
static struct phase phases[PROGRAMS][STEPS];

static void open_run(void)
{
    cr_assert(run_open(&run));
}

static void close_run(void)
{
    run_close(&run);
}

TestSuite(breakdown, .init = open_run, .fini = close_run);

static struct breakdown *const sums = &run.breakdown;

static uint64_t parts(void)
{
    return sums->gap_ns + sums->data_ns + sums->barrier_ns + breakdown_compute_ns(sums);
}

/* Adds an iteration of `programs` programs and `count` steps to the run. `of` and `waits` (or
 * NULL): [programs][STEPS]. */
static void feed(const struct stamp *of, const struct phase *waits, uint32_t programs,
                 uint32_t count, bool free_running)
{
    const struct stamp_batch batch = {
        .stamps = of, .phases = waits, .stride = STEPS, .programs = programs, .count = count};
    steps_begin(&steps, free_running, false);
    steps_submit(&steps, SUBMITTED);
    steps_add(&steps, &batch, &run);
}

/* Makes random stamps that a device may return, with waits of any length. */
static void make_garbage(uint64_t *state)
{
    for (uint32_t p = 0; p < PROGRAMS; p++) {
        uint64_t now = SUBMITTED + random_below(state, 500);
        for (uint32_t t = 0; t < STEPS; t++) {
            const bool wild = random_below(state, 4) == 0;
            stamps[p][t] = (struct stamp){now + random_below(state, 300), 0};
            stamps[p][t].end_ns = stamps[p][t].begin_ns + random_below(state, 900);
            now = stamps[p][t].end_ns - random_below(state, 100);
            if (random_below(state, 5) == 0)
                stamps[p][t] = (struct stamp){0, 0};
            phases[p][t].data_ns = wild ? UINT32_MAX : (uint32_t)random_below(state, 600);
            phases[p][t].barrier_ns =
                random_below(state, 4) == 0 ? UINT32_MAX : (uint32_t)random_below(state, 600);
        }
    }
}

Test(breakdown, the_parts_add_up_to_the_latency_with_any_waits)
{
    uint64_t state = 7;
    for (int round = 0; round < 60; round++) {
        make_garbage(&state);
        feed(stamps[0], round % 3 == 0 ? NULL : phases[0], PROGRAMS, STEPS, round % 2);
        cr_assert_eq(parts(), sums->step_ns);
        cr_assert_leq(sums->gap_ns + sums->data_ns + sums->barrier_ns, sums->step_ns);
        cr_assert_leq(sums->step_ns, run.histograms[METRIC_STEP].total_ns);
        cr_assert_leq(sums->steps, run.histograms[METRIC_STEP].count);
    }
    cr_assert_gt(sums->barrier_ns, 0);
    cr_assert_gt(sums->data_ns, 0);
    cr_assert_gt(sums->phased, 0);
    cr_assert_lt(sums->phased, sums->steps);
}

Test(breakdown, without_phases_every_step_counts)
{
    uint64_t state = 8;
    make_garbage(&state);
    feed(stamps[0], NULL, PROGRAMS, STEPS, false);
    cr_assert_eq(sums->step_ns, run.histograms[METRIC_STEP].total_ns);
    cr_assert_eq(sums->steps, run.histograms[METRIC_STEP].count);
    cr_assert_eq(sums->phased, 0);
    cr_assert_eq(sums->data_ns + sums->barrier_ns, 0);
}

/* In each step one program is slow; the other one ends early and waits for it. They change roles
 * after each step. Only the part of the wait after the end of the batch's step delays the next
 * step. */
Test(breakdown, a_wait_before_the_previous_step_ended_does_not_count)
{
    for (uint32_t t = 0; t < 10; t++) {
        const uint64_t from = SUBMITTED + 100 + 1000u * t;
        const bool even = t % 2 == 0; /* the index of the slow program */
        stamps[even][t] = (struct stamp){from + 30, from + 1000};
        stamps[!even][t] = (struct stamp){from + 30, from + 50};
        phases[even][t].barrier_ns = t > 0 ? 950 + 30 : 30; /* fast in the previous step */
        phases[!even][t].barrier_ns = 30;
        phases[0][t].data_ns = phases[1][t].data_ns = 0;
    }
    feed(stamps[0], phases[0], 2, 10, false);
    cr_assert_eq(sums->steps, 9);
    cr_assert_eq(sums->step_ns, 9 * 1000);
    cr_assert_eq(sums->barrier_ns, 9 * 30);
    cr_assert_eq(sums->gap_ns, 0);
    cr_assert_eq(sums->spread_ns, 9 * 950);
}

Test(breakdown, a_launch_per_step_has_only_a_gap)
{
    for (uint32_t t = 0; t < 8; t++) {
        const uint64_t from = SUBMITTED + 700 + 1000u * t;
        stamps[0][t] = (struct stamp){from, from + 400};
        phases[0][t] = (struct phase){0, 0};
    }
    feed(stamps[0], phases[0], 1, 8, false);
    cr_assert_eq(sums->gap_ns, 7 * 600);
    cr_assert_eq(sums->barrier_ns + sums->data_ns, 0);
    cr_assert_eq(breakdown_compute_ns(sums), 7 * 400);
    cr_assert_eq(sums->starts, 1);
    cr_assert_eq(sums->start_ns, 700);
}

Test(breakdown, the_program_that_ends_last_decides)
{
    static const struct stamp two[2][STEPS] = {{{1000100, 1000200}, {1000210, 1000900}},
                                               {{1000100, 1000150}, {1000205, 1000300}}};
    static const struct phase waits[2][STEPS] = {{{0, 0}, {500, 4}}, {{0, 0}, {70, 60}}};
    feed(two[0], waits[0], 2, 2, false);
    cr_assert_eq(sums->step_ns, 700);
    cr_assert_eq(sums->data_ns, 500);
    cr_assert_eq(sums->barrier_ns, 4);
    cr_assert_eq(sums->gap_ns, 6);
    cr_assert_eq(sums->spread_ns, 600);
}

/* If the program that ends a step last has no stamp for the previous step, it is unknown when its
 * wait began, so the breakdown omits the step. */
Test(breakdown, a_program_without_a_previous_end_leaves_its_step_out)
{
    static const struct stamp two[2][STEPS] = {
        {{1000100, 1000200}, {1000210, 1000300}, {1000310, 1000400}},
        {{0, 0}, {1000210, 1000350}, {1000360, 1000500}}};
    static const struct phase waits[2][STEPS];
    feed(two[0], waits[0], 2, 3, false);
    cr_assert_eq(run.histograms[METRIC_STEP].count, 2);
    cr_assert_eq(sums->steps, 1);
    cr_assert_eq(sums->step_ns, 150);
}

/* After missing rows, the batch's first row belongs to no step, because the end of the previous
 * step is unknown. */
Test(breakdown, left_out_rows_belong_to_no_step)
{
    for (uint32_t t = 0; t < 40; t++) {
        stamps[0][t] = (struct stamp){SUBMITTED + 100u * t + 10, SUBMITTED + 100u * t + 100};
        phases[0][t] = (struct phase){20, 10};
    }
    struct stamp_batch batch = {
        .stamps = stamps[0], .phases = phases[0], .stride = STEPS, .programs = 1, .count = 10};
    steps_begin(&steps, false, false);
    steps_submit(&steps, SUBMITTED);
    steps_add(&steps, &batch, &run);
    batch.first = 30;
    steps_add(&steps, &batch, &run);
    cr_assert_eq(sums->steps, 9 + 9);
    cr_assert_eq(sums->step_ns, (9 + 9) * 100);
    cr_assert_eq(sums->barrier_ns, (9 + 9) * 10);
    cr_assert_eq(sums->data_ns, (9 + 9) * 20);
    cr_assert_eq(breakdown_compute_ns(sums), (9 + 9) * 70);
}

Test(breakdown, free_running_programs_have_steps_of_their_own)
{
    static const struct stamp two[2][STEPS] = {{{1000000, 1000100}, {1000130, 1000200}},
                                               {{1000000, 1005000}, {1005000, 1005007}}};
    static const struct phase waits[2][STEPS] = {{{0, 0}, {10, 30}}, {{0, 0}, {0, 0}}};
    feed(two[0], NULL, 2, 2, true);
    cr_assert_eq(sums->steps, 0, "without phases nothing is known of them");
    feed(two[0], waits[0], 2, 2, true);
    cr_assert_eq(sums->steps, 2);
    cr_assert_eq(sums->step_ns, 100 + 7);
    cr_assert_eq(sums->barrier_ns, 30);
    cr_assert_eq(sums->data_ns, 10);
    cr_assert_eq(sums->gap_ns, 0);
    cr_assert_eq(sums->spread_ns, 0);
    cr_assert_eq(sums->starts, 0);
}

Test(breakdown, iterations_without_their_prefill_do_not_count)
{
    static const struct stamp one[1][STEPS] = {{{1000100, 1000200}, {1000210, 1000300}}};
    const struct stamp_batch batch = {.stamps = one[0], .stride = STEPS, .programs = 1, .count = 2};
    steps_begin(&steps, false, true);
    steps_submit(&steps, SUBMITTED);
    steps_add(&steps, &batch, &run);
    cr_assert_eq(sums->steps + sums->starts, 0);
}

/* A step in which the system stole the CPU does not represent the others. */
Test(breakdown, a_stolen_step_is_left_out)
{
    const struct breakdown_step usual = {.latency_ns = 1000, .before_ns = 100};
    const struct breakdown_step stolen = {.latency_ns = 4000001, .before_ns = 4000000};
    for (int i = 0; i < 31; i++) {
        breakdown_add(sums, &usual);
        histogram_record(&run.histograms[METRIC_STEP], usual.latency_ns);
    }
    histogram_record(&run.histograms[METRIC_TTFT], 5000);
    breakdown_settle(sums, &run.histograms[METRIC_STEP], &run.histograms[METRIC_TTFT]);
    breakdown_add(sums, &stolen);
    breakdown_add(sums, &usual);
    breakdown_add_start(sums, 20001);
    breakdown_add_start(sums, 4000);
    cr_assert_eq(sums->starts, 1);
    cr_assert_eq(sums->steps, 32);
    cr_assert_eq(sums->step_ns, 32 * 1000);
    cr_assert_eq(sums->gap_ns, 32 * 100);
    histogram_record(&run.histograms[METRIC_STEP], 10000000);
    breakdown_settle(sums, &run.histograms[METRIC_STEP], &run.histograms[METRIC_TTFT]);
    cr_assert_eq(sums->settled, 31, "they have not doubled");
}

/* ---- means ---------------------------------------------------------------------------------- */

Test(breakdown, means_are_of_a_step)
{
    struct breakdown_means means;
    cr_assert_not(breakdown_means_of(&run, &means), "no steps");
    run.breakdown = (struct breakdown){.steps = 10,
                                       .phased = 10,
                                       .step_ns = 10000,
                                       .gap_ns = 1000,
                                       .data_ns = 2000,
                                       .barrier_ns = 3000,
                                       .spread_ns = 500,
                                       .starts = 2,
                                       .start_ns = 300};
    histogram_record(&run.histograms[METRIC_TTFT], 700);
    cr_assert(breakdown_means_of(&run, &means));
    cr_assert(means.phased);
    cr_assert_float_eq(means.step_ns, 1000, 1e-9);
    cr_assert_float_eq(means.gap_ns + means.data_ns + means.barrier_ns + means.compute_ns, 1000,
                       1e-9);
    cr_assert_float_eq(means.compute_ns, 400, 1e-9);
    cr_assert_float_eq(means.spread_ns, 50, 1e-9);
    cr_assert_float_eq(means.launch_ns, 150, 1e-9);
    cr_assert_float_eq(means.ttft_ns, 700, 1e-9);
    cr_assert_eq(means.sync_ns, 0);
    cr_assert_eq(means.ceiling_ns, 0, "no ceiling is known");
}

Test(breakdown, the_ceilings_share_is_within_data_wait_and_compute)
{
    struct breakdown_means means;
    run.breakdown =
        (struct breakdown){.steps = 1, .phased = 1, .step_ns = 1000, .data_ns = 200, .gap_ns = 300};
    run.step_bytes = 1000;
    run.ceiling_gb_per_s = 4;
    cr_assert(breakdown_means_of(&run, &means));
    cr_assert_float_eq(means.ceiling_ns, 250, 1e-9);
    run.ceiling_gb_per_s = 1;
    cr_assert(breakdown_means_of(&run, &means));
    cr_assert_float_eq(means.ceiling_ns, 700, 1e-9);
    run.facts.free_running = true;
    cr_assert(breakdown_means_of(&run, &means));
    cr_assert_eq(means.ceiling_ns, 0, "a program's own step reads less");
}

/* If waits were measured in only some of the steps, their mean is unknown. */
Test(breakdown, pooled_with_unmeasured_steps_waits_are_unknown)
{
    struct breakdown_means means;
    run.breakdown =
        (struct breakdown){.steps = 4, .phased = 3, .step_ns = 400, .gap_ns = 40, .data_ns = 80};
    cr_assert(breakdown_means_of(&run, &means));
    cr_assert_not(means.phased);
    cr_assert_eq(means.data_ns, 0);
    cr_assert_float_eq(means.compute_ns, 90, 1e-9);
}

static const struct breakdown sums_of_one = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0};

Test(breakdown, merging_adds_up)
{
    const struct breakdown twice = {2, 4, 6, 8, 10, 12, 14, 16, 18, 0, 0, 0};
    struct breakdown sum = sums_of_one;
    breakdown_merge(&sum, &sums_of_one);
    cr_assert_arr_eq(&sum, &twice, sizeof sum);
}

Test(breakdown, each_process_is_pooled_once)
{
    const struct process one = {.id = "one"}, two = {.id = "two"};
    struct run other;
    cr_assert(run_open(&other));
    run.breakdown = other.breakdown = sums_of_one;
    cr_assert(run_add_process(&run, &one) && run_add_process(&other, &two));
    for (int again = 0; again < 2; again++) {
        cr_assert(run_pool(&run, &other));
        cr_assert_eq(run.breakdown.steps, 2);
        cr_assert_eq(run.breakdown.start_ns, 18);
    }
    run_close(&other);
}
