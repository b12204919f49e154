#include "../../src/engine/compare.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/run.h"
#include "../../src/engine/targets.h"
#include "unit.h"
#include "verified_run.h"

static struct run pool[8];
static size_t pooled;

static void close_pool(void)
{
    while (pooled > 0)
        run_close(&pool[--pooled]);
}

TestSuite(run, .fini = close_pool);

/* A run of nine iterations of iteration_ns each. It is closed when the test ends. */
static struct run *filled(uint64_t iteration_ns, const char *target, enum verdict verdict)
{
    struct run *run = &pool[pooled++];
    cr_assert(run_open(run));
    strcpy(run->target, target);
    run->used.batch = 8;
    run->used.seq_len = 32;
    run->used.head_dim = 64;
    run->step_bytes = 1000;
    run->verification.verdict = verdict;
    record_times(run, METRIC_ITERATION, iteration_ns, 9);
    return run;
}

Test(run, rates_follow_from_the_median)
{
    struct run *run = filled(1000, "t", VERDICT_RIGHT);
    cr_assert_float_eq(run_tokens_per_s(run), 8 * 32 / 1000e-9, 1);
    cr_assert_float_eq(run_moved_gb_per_s(run), 1000 * 32 / 1000.0, 1e-9);
}

Test(run, a_median_beyond_the_range_gives_no_figures)
{
    struct run *run = filled(2 * HISTOGRAM_MOST_NS, "t", VERDICT_RIGHT);
    struct run *base = filled(1000, "t", VERDICT_RIGHT);
    cr_assert_eq(run_tokens_per_s(run), 0);
    cr_assert_eq(run_moved_gb_per_s(run), 0);
    cr_assert_eq(run_speedup(run, base), 0);
    cr_assert_eq(run_evidence(run).units, 0u);
    cr_assert_eq(run_evidence(base).units, 1u);
}

Test(run, a_variant_with_a_prefill_goes_by_its_decode_part)
{
    struct run *base = filled(1000, "t", VERDICT_RIGHT);
    struct run *graphs = filled(1000, "t", VERDICT_RIGHT);
    cr_assert_eq(run_decode_metric(graphs), METRIC_ITERATION);
    histogram_record(&graphs->histograms[METRIC_DECODE], 500);
    cr_assert_eq(run_decode_metric(graphs), METRIC_DECODE);
    cr_assert_float_eq(run_speedup(graphs, base), 2, 1e-9);
    cr_assert_float_eq(run_tokens_per_s(graphs), 8 * 32 / 500e-9, 1);
    cr_assert_float_eq(run_moved_gb_per_s(graphs), 1000 * 32 / 500.0, 1e-9);
}

/* The list and the verdict show the same ratio. */
Test(run, a_speed_up_is_that_of_the_verdict)
{
    struct run *base = filled(1000, "t", VERDICT_RIGHT);
    struct run *fast = filled(300, "t", VERDICT_RIGHT);
    const struct device_info device = {0};
    struct comparison comparison;
    for (int i = 0; i < 8; i++) {
        evidence_add(&base->turns, 1000 + i);
        evidence_add(&fast->turns, 250);
    }
    compare_runs(&(struct compared){base, &device}, &(struct compared){fast, &device}, &comparison);
    cr_assert_float_eq(comparison.iteration.value, 4.014, 0.001);
    cr_assert_float_eq(run_speedup(fast, base), comparison.iteration.value, 1e-9);
}

/* A few stolen steps do not represent the others. */
Test(run, the_share_of_the_gap_is_that_of_a_typical_step)
{
    struct run *run = filled(1000, "t", VERDICT_RIGHT);
    cr_assert_eq(run_gap_share(run), 0);
    for (int i = 0; i < 100; i++) {
        histogram_record(&run->histograms[METRIC_GAP], i < 2 ? 4000000 : 750);
        histogram_record(&run->histograms[METRIC_BUSY], 250);
    }
    cr_assert_float_eq(run_gap_share(run), 0.75, 1e-9);
}

/* A knob differs only if neither its requested nor its resolved value is the same. */
Test(run, a_run_differs_from_the_knobs_of_a_different_workload)
{
    struct run *run = filled(1000, "t", VERDICT_RIGHT);
    struct knobs at = run->asked;
    cr_assert_eq(run_unlike_work(run, &at), 0);
    at.seq_len = 64;
    cr_assert_eq(run_unlike_work(run, &at), KNOB_BIT(SEQ_LEN));
    at.batch = 1;
    cr_assert_eq(run_unlike_work(run, &at), KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH));
    run->used.seq_len = 64;
    cr_assert_eq(run_unlike_work(run, &at), KNOB_BIT(BATCH));
    at = run->asked;
    at.num_programs++;
    at.context *= 2;
    at.iterations = 7;
    cr_assert_eq(run_unlike_work(run, &at), 0, "the workload does not depend on these knobs");
    at = run->asked;
    run->asked.chain = run->used.chain = KNOB_UNKNOWN;
    cr_assert_eq(run_unlike_work(run, &at), KNOB_BIT(CHAIN), "an unknown value equals no other");
}

/* `auto` may be another model on another device, or with --model. */
Test(run, models_of_different_files_are_different_workloads)
{
    struct run *a = filled(1000, "model_decode", VERDICT_RIGHT);
    struct run *b = filled(250, "model_decode", VERDICT_RIGHT);
    cr_assert_eq(run_workload(a), &workload_model);
    a->asked.model = b->asked.model = KNOB_AUTO;
    a->used.model = b->used.model = MODEL_CHECKPOINT;
    cr_assert_eq(run_differing_work(a, b), KNOB_BIT(MODEL), "which checkpoints is not known");
    strcpy(a->model.hash, "1234");
    strcpy(b->model.hash, "1234");
    strcpy(a->model.name, "here");
    strcpy(b->model.name, "moved");
    cr_assert_eq(run_differing_work(a, b), 0, "a folder may have another name");
    cr_assert_float_eq(run_speedup(b, a), 4, 1e-9);
    strcpy(b->model.hash, "1235");
    cr_assert_eq(run_differing_work(a, b), KNOB_BIT(MODEL));
    cr_assert_eq(run_speedup(b, a), 0);
    b->model.hash[0] = '\0';
    cr_assert_eq(run_differing_work(a, b), KNOB_BIT(MODEL));
    cr_assert_eq(run_differing_work(b, a), KNOB_BIT(MODEL));
    b->used.model = MODEL_TINY;
    cr_assert_eq(run_differing_work(a, b), KNOB_BIT(MODEL), "both were asked for as auto");
}

Test(run, only_verified_runs_of_the_same_workload_are_ranked)
{
    struct run *base = filled(1000, "t", VERDICT_RIGHT);
    struct run *fast = filled(250, "t", VERDICT_RIGHT);
    struct run *wrong = filled(250, "t", VERDICT_WRONG);
    struct run *unchecked = filled(250, "t", VERDICT_NONE);
    struct run *other = filled(250, "u", VERDICT_RIGHT);
    struct run *longer = filled(250, "t", VERDICT_RIGHT);
    longer->used.seq_len = 33;
    cr_assert_float_eq(run_speedup(fast, base), 4, 1e-9);
    cr_assert_eq(run_speedup(wrong, base), 0);
    cr_assert_eq(run_speedup(unchecked, base), 0);
    cr_assert_eq(run_speedup(fast, unchecked), 0);
    cr_assert_eq(run_speedup(other, base), 0);
    cr_assert_eq(run_speedup(longer, base), 0);
    cr_assert_eq(run_speedup(fast, NULL), 0);
}

Test(run, a_trace_is_relative_to_its_submission_and_bounded)
{
    static struct stamp stamps[70][5000];
    struct trace trace = {0};
    for (int p = 0; p < 70; p++)
        for (int t = 0; t < 5000; t++)
            stamps[p][t] = (struct stamp){1000 + 10u * (unsigned)t, 1009 + 10u * (unsigned)t};
    stamps[3][7] = (struct stamp){0, 0};
    cr_assert(trace_take(&trace, stamps[0], NULL, 5000, 5000, 70, 900, 90000));
    cr_assert_eq(trace.steps, TRACE_STEPS);
    cr_assert_eq(trace.programs, TRACE_PROGRAMS);
    cr_assert_eq(trace.steps_run, 5000);
    cr_assert_eq(trace.programs_run, 70);
    cr_assert_eq(trace.iteration_ns, 90000 - 900);
    cr_assert_eq(trace.stamps[2 * TRACE_STEPS + 9].begin_ns, 100 + 90);
    cr_assert_eq(trace.stamps[3 * TRACE_STEPS + 7].end_ns, 0,
                 "a program without a part in the step has no stamp");
    cr_assert_null(trace.phases);
    trace_close(&trace);
}

Test(run, a_trace_keeps_phases_beside_the_stamps)
{
    static const struct stamp stamps[2][4] = {{{10, 20}, {20, 30}, {30, 40}},
                                              {{10, 21}, {20, 31}, {30, 41}}};
    static const struct phase phases[2][4] = {{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 1}, {2, 3}}};
    struct run from, to;
    cr_assert(run_open(&from) && run_open(&to));
    cr_assert(trace_take(&from.typical, stamps[0], phases[0], 4, 3, 2, 5, 50));
    cr_assert_eq(from.typical.phases[3].data_ns, 7);
    from.version = 1;
    cr_assert(run_copy(&to, &from));
    cr_assert_arr_eq(to.typical.phases, from.typical.phases, 6 * sizeof *to.typical.phases);
    cr_assert_neq(to.typical.phases, from.typical.phases);
    cr_assert(trace_take(&from.typical, stamps[0], NULL, 4, 3, 2, 5, 50));
    cr_assert_null(from.typical.phases, "this iteration has none");
    from.version = 2;
    cr_assert(run_copy(&to, &from));
    cr_assert_null(to.typical.phases);
    run_close(&from), run_close(&to);
}

Test(run, a_copy_follows_its_source)
{
    struct run *from = filled(1000, "t", VERDICT_RIGHT), to;
    cr_assert(run_open(&to));
    struct stamp stamp = {10, 20};
    from->version = 1;
    cr_assert(trace_take(&from->slowest, &stamp, NULL, 1, 1, 1, 5, 30));
    cr_assert(run_copy(&to, from));
    cr_assert_eq(to.histograms[METRIC_ITERATION].count, 9);
    cr_assert_eq(to.slowest.stamps[0].end_ns, 15);
    cr_assert_neq(to.slowest.stamps, from->slowest.stamps);
    histogram_record(&from->histograms[METRIC_ITERATION], 5);
    from->version++;
    cr_assert(run_copy(&to, from));
    cr_assert_eq(to.histograms[METRIC_ITERATION].count, 10);
    run_close(&to);
}

Test(run, the_cost_of_stamps_is_the_difference_of_medians_per_step)
{
    struct run *run = filled(6400, "t", VERDICT_RIGHT);
    double cost, error;
    cr_assert_not(run_stamp_cost(run, &cost, &error));
    record_times(run, METRIC_BARE, 3200, 9);
    cr_assert(run_stamp_cost(run, &cost, &error));
    cr_assert_float_eq(cost, 3200 / 32.0, 0.2);
}

/* If phases were measured, the cost of stamps is computed from the iterations without phases. */
Test(run, phases_cost_what_they_add_to_stamps)
{
    struct run *run = filled(6400, "t", VERDICT_RIGHT);
    double cost, error;
    record_times(run, METRIC_BARE, 3200, 9);
    record_times(run, METRIC_UNPHASED, 4800, 9);
    cr_assert_not(run_phase_cost(run, &cost, &error), "none were measured");
    run->breakdown.phased = 1;
    cr_assert(run_phase_cost(run, &cost, &error));
    cr_assert_float_eq(cost, 1600 / 32.0, 0.2);
    cr_assert(run_stamp_cost(run, &cost, &error));
    cr_assert_float_eq(cost, 1600 / 32.0, 0.2);
}

Test(run, the_baseline_with_the_most_similar_knobs_counts)
{
    struct run runs[4] = {0};
    for (int i = 0; i < 4; i++) {
        runs[i].known = variant_find(i < 3 ? "cpu_per_token" : "cpu_persistent");
        strcpy(runs[i].target, "persistent_decode");
        runs[i].status = RUN_DONE;
        runs[i].asked.threads = i < 3 ? 1 << i : 4;
        runs[i].asked.step_sync = i; /* the baseline does not read it */
    }
    cr_assert_eq(run_baseline(runs, 4, &runs[3]), &runs[2]);
    runs[2].status = RUN_SKIPPED;
    cr_assert_eq(run_baseline(runs, 4, &runs[3]), &runs[0],
                 "the first of the runs whose knobs are equally similar");
    runs[0].used.batch = 7;
    cr_assert_eq(run_baseline(runs, 4, &runs[3]), &runs[1], "of the same workload");
}
