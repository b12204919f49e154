#include "../../src/command/commands.h"
#include "../../src/harness/report.h"
#include "unit.h"
#include "verified_run.h"

#define RUNS 3

static const char *const names[RUNS] = {"cpu_per_token", "cpu_persistent", "cpu_graph"};

static struct run runs[RUNS];
static char *text; /* what was printed last */

/* Three verified runs of 100 iterations, each twice as fast as the previous one. */
static void open_runs(void)
{
    for (int i = 0; i < RUNS; i++) {
        open_verified(&runs[i], names[i], NULL);
        record_times(&runs[i], METRIC_ITERATION, UINT64_C(1000000) >> i, 100);
        record_times(&runs[i], METRIC_STEP, UINT64_C(30000) >> i, 100);
    }
}

static void close_runs(void)
{
    free(text);
    for (int i = 0; i < RUNS; i++)
        run_close(&runs[i]);
}

TestSuite(report, .init = open_runs, .fini = close_runs);

/* Prints the section of `run`. NULL: prints the table of all runs. */
static void print(struct report report, const struct run *run)
{
    size_t length;
    free(text);
    text = NULL;
    report.out = open_memstream(&text, &length);
    if (run)
        report_run(&report, run);
    else
        report_table(&report, runs, RUNS);
    fclose(report.out);
}

static void print_table(void)
{
    print((struct report){0}, NULL);
}

/* The last line that begins with `name`: the rates of a run, which come after its times. */
static const char *line_of(const char *name)
{
    static char line[512];
    const char *at = NULL;
    for (const char *next = text; next; next = strchr(next, '\n') ? strchr(next, '\n') + 1 : NULL)
        if (strncmp(next, name, strlen(name)) == 0)
            at = next;
    cr_assert_not_null(at, "no line of %s in\n%s", name, text);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

Test(report, speed_up_is_over_the_baseline)
{
    print_table();
    assert_contains(line_of("cpu_per_token"), " 1.00x  3 of 8");
    assert_contains(line_of("cpu_persistent"), " 2.00x  3 of 8");
    assert_contains(line_of("cpu_graph"), " 4.00x  3 of 8");
    cr_assert_null(strstr(text, "RECORDED"));
}

/* Gives a run `samples` samples of `ns`. */
static void refill(struct run *run, uint64_t samples, uint64_t ns)
{
    histogram_clear(&run->histograms[METRIC_ITERATION]);
    histogram_clear(&run->histograms[METRIC_STEP]);
    record_times(run, METRIC_ITERATION, ns, samples);
    record_times(run, METRIC_STEP, ns, samples);
}

Test(report, unresolved_percentiles_are_absent)
{
    refill(&runs[0], 40, 1000);
    print_table();
    assert_contains(text, "  1.00 us  1.00 us        -        -   1.00 us  1.00 us        -");
    print((struct report){.plain = true}, NULL);
    assert_contains(text, "cpu_per_token: iteration p50 1.00 us; step p50 1.00 us; ");
    assert_contains(text, "cpu_persistent: iteration p50 500 us, p99 500 us; step p50 ");
}

Test(report, beyond_the_range_there_is_neither_a_number_nor_a_rate)
{
    refill(&runs[1], 10, 150000000000);
    print_table();
    assert_contains(text, "cpu_persistent  > 100 s  > 100 s        -        -   > 100 s");
    assert_contains(line_of("cpu_persistent"),
                    "        -         -         -           -         -  3 of 8");
}

Test(report, a_variant_with_a_prefill_is_compared_without_it)
{
    record_times(&runs[2], METRIC_DECODE, 125000, 100);
    runs[2].facts.graph = (struct graph_facts){GRAPH_PATH_FULL, false, 21000, 15000, 9000, 2500};
    print_table();
    assert_contains(text, " 8.00x  3 of 8");
    assert_contains(text,
                    "cpu_graph has a prefill: iterations without the prefill have p50 125 us");

    print((struct report){0}, &runs[2]);
    assert_contains(text, "without the prefill p50 125 us");
    assert_contains(text, "full graph, captured in 21.0 us");
}

Test(report, wrong_and_unverified_are_not_ranked)
{
    runs[1].verification.verdict = VERDICT_WRONG;
    strcpy(runs[1].verification.reason, "the fourth row is off");
    runs[2].verification = (struct verification){.total = 8};
    print_table();
    cr_assert_null(strchr(line_of("cpu_persistent"), 'x'));
    assert_contains(line_of("cpu_persistent"), "WRONG");
    assert_contains(line_of("WRONG cpu_persistent"), "the fourth row is off");
    cr_assert_null(strchr(line_of("cpu_graph"), 'x'));
    assert_contains(line_of("cpu_graph"), "unverified");

    runs[1].verification.verdict = VERDICT_RIGHT;
    runs[0].verification.verdict = VERDICT_WRONG;
    print_table();
    cr_assert_null(strchr(line_of("cpu_persistent"), 'x'), "ranked over a wrong baseline");
}

/* Ends a run without iterations. */
static void end_early(struct run *run, enum run_status status)
{
    run->status = status;
    histogram_clear(&run->histograms[METRIC_ITERATION]);
}

Test(report, variants_that_did_not_run_are_named_with_the_reason)
{
    end_early(&runs[1], RUN_SKIPPED);
    error_set(&runs[1].error, ERROR_UNSUPPORTED, "no such barrier");
    end_early(&runs[2], RUN_FAILED);
    error_set(&runs[2].error, ERROR_RUN, "it stalled");
    print_table();
    assert_contains(line_of("skipped cpu_persistent"), "no such barrier");
    assert_contains(line_of("FAILED cpu_graph"), "it stalled");
    cr_assert_eq(command_judge(runs, RUNS), 1);
    cr_assert_eq(command_judge(runs, 2), 0, "a skipped run is no failure");
    runs[0].verification.verdict = VERDICT_WRONG;
    cr_assert_eq(command_judge(runs, 1), 1);
}

Test(report, only_a_variant_that_had_begun_ran_out_of_time)
{
    end_early(&runs[1], RUN_MEASURING);
    end_early(&runs[2], RUN_WAITING);
    print_table();
    assert_contains(line_of("not measured cpu_persistent"), "its time limit passed");
    cr_assert_null(strstr(line_of("not reached cpu_graph"), "its time limit passed"));
}

/* The bytes of a step include those that it writes, so the report does not say "read". */
Test(report, reports_bandwidth_and_missing_stamps)
{
    runs[0].step_bytes = 2000000;
    print((struct report){0}, &runs[0]);
    cr_assert(strstr(text, "moves 64 GB/s"), "32 steps of 2 MB in 1 ms: %s", text);
    cr_assert_null(strstr(text, "without a stamp"));
    runs[0].left_out = 1234;
    print((struct report){0}, &runs[0]);
    assert_contains(text, "1,234 steps without a stamp");
}

Test(report, says_how_many_iterations_were_stopped)
{
    print_table();
    cr_assert_null(strstr(text, "left out"));
    runs[1].stopped_iterations = 1;
    runs[2].stopped_iterations = 1234;
    print_table();
    assert_contains(text, "\nleft out 1 iteration of cpu_persistent: ");
    assert_contains(text, "\nleft out 1,234 iterations of cpu_graph: ");
    cr_assert_null(strstr(text, "of cpu_per_token"));
}

Test(report, a_recording_says_so_in_every_part)
{
    print((struct report){.recorded = "RECORDED on X, 2026"}, NULL);
    cr_assert_eq(strncmp(text, "RECORDED on X, 2026\n", 20), 0, "%s", text);

    runs[0].known = NULL; /* as if another build had recorded a variant that this build lacks */
    print((struct report){.recorded = "RECORDED on X, 2026"}, &runs[0]);
    assert_contains(text, "RECORDED on X, 2026");
    assert_contains(text, "recorded: SEQ_LEN=32");
    assert_contains(text, "log time axis");
}

/* A disturbance is named beside the numbers. A skipped run has no numbers. */
Test(report, disturbances_are_named)
{
    for (int i = 0; i < RUNS; i++) {
        runs[i].telemetry = (struct telemetry){.readings = 9, .threads = 8, .cores = 2};
        runs[i].telemetry.cores = i == 1 ? 8 : 2;
    }
    end_early(&runs[2], RUN_SKIPPED);
    print_table();
    assert_contains(text, "\ndisturbed cpu_per_token: 2 cores for 8 threads");
    cr_assert_null(strstr(text, "disturbed cpu_persistent"));
    cr_assert_null(strstr(text, "disturbed cpu_graph"));
}

Test(report, knobs_are_listed_by_where_they_came_from)
{
    struct knob_settings settings;
    knobs_reset(&settings);
    settings.source[KNOB_SEQ_LEN] = SOURCE_FLAG;
    settings.source[KNOB_BATCH] = SOURCE_ENVIRONMENT;
    runs[1].used.threads = 3;
    print((struct report){.settings = &settings}, &runs[1]);
    assert_contains(text, "flag: SEQ_LEN=32; environment: BATCH=8; auto: THREADS=3; default: ");
}

Test(report, an_unknown_knob_has_no_value)
{
    runs[0].asked.chain = runs[0].used.chain = KNOB_UNKNOWN;
    print((struct report){.recorded = "RECORDED"}, &runs[0]);
    assert_contains(text, " CHAIN=unknown ");
}

Test(report, a_variant_asked_for_by_name_must_run)
{
    struct error error = {0};
    struct targets targets = {.count = RUNS};
    cr_assert(command_can_run(&targets, runs, &error));
    runs[1].status = RUN_SKIPPED;
    error_set(&runs[1].error, ERROR_INPUT, "no such barrier");
    cr_assert(command_can_run(&targets, runs, &error), "a target runs what can run");
    targets.by_name[1] = true;
    cr_assert_not(command_can_run(&targets, runs, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    cr_assert(strstr(error.text, "cpu_persistent") && strstr(error.text, "no such barrier"));
    targets.by_name[1] = false;
    runs[0].status = runs[2].status = RUN_SKIPPED;
    cr_assert_not(command_can_run(&targets, runs, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
}

/* ---- where the time went -------------------------------------------------------------------- */

/* The first run has a launch per step, which takes half of the step. The second run has persistent
 * threads, which measure their waits. */
static void break_down(void)
{
    runs[0].facts.launches_per_iteration = (uint32_t)runs[0].used.seq_len;
    runs[0].breakdown =
        (struct breakdown){.steps = 4000, .step_ns = 120000000, .gap_ns = 60000000, .starts = 100};
    runs[1].facts.programs = 2;
    runs[1].used.threads = 2;
    runs[1].breakdown = (struct breakdown){.steps = 4000,
                                           .phased = 4000,
                                           .step_ns = 60000000,
                                           .gap_ns = 600000,
                                           .data_ns = 1200000,
                                           .barrier_ns = 12000000,
                                           .spread_ns = 3000000,
                                           .starts = 100};
}

Test(report, says_where_the_time_of_steps_went_and_what_that_suggests)
{
    print_table();
    cr_assert_null(strstr(text, "advice"));
    char *before = strdup(text);
    break_down();
    runs[1].operations = (struct operations){
        .steps = 2, .count = 2, .of = {{"QKV", 4, 9000, 0, 0, 0}, {"head", 1, 21000, 0, 0, 0}}};
    print_table();
    cr_assert_eq(strncmp(text, before, strlen(before)), 0, "the table itself is unchanged\n%s",
                 text);
    cr_assert_str_eq(
        text + strlen(before),
        "cpu_persistent: the mean step takes 15.0 us: gap 150 ns (1 %), data wait 300 ns (2 %), "
        "barrier wait\n"
        "3.00 us (20 %), compute 11.6 us (77 %); the last program ends 750 ns after the first; "
        "by operation:\n"
        "head 10.5 us (70 %); QKV 4.50 us (30 %)\n"
        "advice    cpu_per_token: waking threads takes 50 % of a step: try cpu_persistent\n"
        "          cpu_persistent: computing takes 77 % of a step: raise THREADS to share the "
        "work\n",
        "%s", text + strlen(before));
    free(before);
}

Test(report, a_run_in_full_has_its_phases)
{
    break_down();
    for (int i = 0; i < 2; i++) {
        print((struct report){0}, &runs[i]);
        cr_assert_eq(strstr(text, "\n  phases  the mean step takes 15.0 us") != NULL, i == 1, "%s",
                     text);
    }
}
