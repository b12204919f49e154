#include "../../src/engine/steps.h"
#include "one_run.h"
#include "traces.h"

#define PROGRAMS  5u
#define STEPS     400u
#define SUBMITTED 1000000u

static struct steps steps;
static struct stamp stamps[PROGRAMS][STEPS];

TestSuite(steps, .init = open_run, .fini = close_run);

/* A synchronised iteration. Returns the end of its last step. */
static uint64_t make_iteration(uint64_t *state)
{
    return draw_stamps(state, stamps[0], PROGRAMS, STEPS, SUBMITTED, false);
}

/* Adds the iteration, in one batch or in many. */
static void add_all(uint64_t *state, bool in_pieces)
{
    struct stamp_batch batch = {.stamps = stamps[0], .stride = STEPS, .programs = PROGRAMS};
    while (batch.first < STEPS) {
        batch.count = in_pieces ? (uint32_t)random_below(state, 40) : STEPS;
        if (batch.count > STEPS - batch.first)
            batch.count = STEPS - batch.first;
        steps_add(&steps, &batch, &run);
        batch.first += batch.count;
    }
}

/* Records an iteration of `count` rows: of the first program, then of the second one, and so on. */
static void record(const struct stamp *rows, uint32_t programs, uint32_t count,
                   uint64_t submitted_ns, uint64_t synchronised_ns)
{
    const struct stamp_batch batch = {
        .stamps = rows, .stride = count, .programs = programs, .count = count};
    steps_submit(&steps, submitted_ns);
    steps_add(&steps, &batch, &run);
    steps_finish(&steps, synchronised_ns, &run);
}

static uint64_t total(enum metric metric)
{
    return run.histograms[metric].total_ns;
}

Test(steps, the_parts_add_up_to_the_iteration_exactly)
{
    uint64_t state = 5, iterations = 0;
    for (int i = 0; i < 25; i++) {
        uint64_t end = make_iteration(&state), sync = random_below(&state, 9000);
        steps_begin(&steps, false, false);
        steps_submit(&steps, SUBMITTED);
        add_all(&state, i % 2);
        steps_finish(&steps, end + sync, &run);
        iterations += end + sync - SUBMITTED;
    }
    cr_assert_eq(run.histograms[METRIC_STEP].count, 25 * (STEPS - 1));
    cr_assert_eq(total(METRIC_BUSY) + total(METRIC_GAP), total(METRIC_STEP));
    cr_assert_eq(total(METRIC_ITERATION), iterations);
    cr_assert_eq(total(METRIC_TTFT) + total(METRIC_STEP) + total(METRIC_SYNC), iterations);
}

Test(steps, latency_and_gap_follow_the_definition)
{
    static const struct stamp two[2][3] = {
        {{100, 200}, {210, 300}, {0, 0}},
        {{110, 190}, {205, 260}, {330, 345}},
    };
    steps_begin(&steps, false, false);
    record(two[0], 2, 3, 90, 400);
    cr_assert_eq(total(METRIC_TTFT), 200 - 90);
    cr_assert_eq(total(METRIC_STEP), (300 - 200) + (345 - 300));
    cr_assert_eq(total(METRIC_GAP), (205 - 200) + (330 - 300));
    cr_assert_eq(total(METRIC_SYNC), 400 - 345);
}

Test(steps, overlapping_steps_have_no_gap)
{
    static const struct stamp one[2] = {{100, 200}, {150, 260}};
    steps_begin(&steps, false, false);
    record(one, 1, 2, 0, 300);
    cr_assert_eq(total(METRIC_GAP), 0);
    cr_assert_eq(total(METRIC_BUSY), 60);
}

Test(steps, free_running_programs_are_not_mixed)
{
    static const struct stamp two[2][3] = {
        {{0, 100}, {100, 200}, {200, 300}},
        {{0, 5000}, {5000, 5007}, {0, 0}},
    };
    steps_begin(&steps, true, false);
    record(two[0], 2, 3, 0, 6000);
    cr_assert_eq(run.histograms[METRIC_STEP].count, 3);
    cr_assert_eq(total(METRIC_STEP), 100 + 100 + 7);
    cr_assert_eq(run.histograms[METRIC_TTFT].count, 0, "a step of the batch has no end");
    cr_assert_eq(run.histograms[METRIC_SYNC].count, 0);
    cr_assert_eq(run.histograms[METRIC_GAP].count, 0);
}

/* Phases add detail to a step; they do not change its times. */
Test(steps, histograms_are_the_same_with_phases_and_without)
{
    static struct phase phases[PROGRAMS][STEPS];
    struct histogram *histograms = run.histograms;
    uint64_t state = 11, totals[METRIC_COUNT];
    for (uint32_t p = 0; p < PROGRAMS; p++)
        for (uint32_t t = 0; t < STEPS; t++)
            phases[p][t] = (struct phase){(uint32_t)random_below(&state, 1000),
                                          (uint32_t)random_below(&state, 1000)};
    const uint64_t end = make_iteration(&state);
    for (int pass = 0; pass < 2; pass++) {
        const struct stamp_batch batch = {.stamps = stamps[0],
                                          .phases = pass > 0 ? phases[0] : NULL,
                                          .stride = STEPS,
                                          .programs = PROGRAMS,
                                          .count = STEPS};
        steps_begin(&steps, false, false);
        steps_submit(&steps, SUBMITTED);
        steps_add(&steps, &batch, &run);
        steps_finish(&steps, end, &run);
        for (int i = 0; i < METRIC_COUNT; i++) {
            cr_assert(pass == 0 || histograms[i].total_ns == totals[i], "%s", metric_keys[i]);
            totals[i] = histograms[i].total_ns;
            histogram_clear(&histograms[i]);
        }
    }
}

/* Of an iteration without its prefill, only the latencies of steps and the total are kept. */
Test(steps, iterations_without_their_prefill_are_kept_separately)
{
    static const struct stamp one[3] = {{100, 200}, {210, 300}, {305, 420}};
    steps_begin(&steps, false, true);
    record(one, 1, 3, 90, 500);
    cr_assert_eq(run.histograms[METRIC_ALONE].count, 2);
    cr_assert_eq(total(METRIC_ALONE), (300 - 200) + (420 - 300));
    cr_assert_eq(total(METRIC_DECODE), 500 - 90);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        if (metric != METRIC_ALONE && metric != METRIC_DECODE)
            cr_assert_eq(run.histograms[metric].count, 0, "%s", metric_keys[metric]);
}

Test(steps, a_prefill_lasts_from_its_first_chunk_to_its_last)
{
    static const struct prefill_span spans[] = {
        {1, 9000, SPAN_SUBMIT, 0, SPAN_PREFILL},
        {300, 500, SPAN_COPY, 0, 0},
        {250, 700, SPAN_COPY, 1, 1},
        {500, 650, SPAN_COMPUTE, 0, 0},
        {700, 810, SPAN_COMPUTE, 1, 1},
    };
    steps_add_prefill(spans, 1, &run);
    cr_assert_eq(run.histograms[METRIC_PREFILL].count, 0, "a submission is no chunk");
    steps_add_prefill(spans, 5, &run);
    cr_assert_eq(run.histograms[METRIC_PREFILL].count, 1);
    cr_assert_eq(total(METRIC_PREFILL), 810 - 250);
}
