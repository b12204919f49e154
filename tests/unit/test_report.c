#include "../../src/command/commands.h"
#include "../../src/harness/report.h"
#include "unit.h"

#define RUNS 3

static const char *const names[RUNS] = {"cpu_per_token", "cpu_persistent", "cpu_graph"};

/* Three verified runs of 100 iterations, each twice as fast as the previous one. */
static void open_runs(struct run runs[RUNS])
{
    const struct knobs knobs = knobs_defaults();
    for (int i = 0; i < RUNS; i++) {
        const struct variant *variant = variant_find(names[i]);
        cr_assert(run_open(&runs[i]));
        run_begin(&runs[i], variant, &knobs, &knobs, 1);
        runs[i].status = RUN_DONE;
        runs[i].verification =
            (struct verification){.verdict = VERDICT_RIGHT, .checked = 3, .total = 8};
        for (int sample = 0; sample < 100; sample++) {
            histogram_record(&runs[i].histograms[METRIC_ITERATION], UINT64_C(1000000) >> i);
            histogram_record(&runs[i].histograms[METRIC_STEP], UINT64_C(30000) >> i);
        }
    }
}

static void close_runs(struct run runs[RUNS])
{
    for (int i = 0; i < RUNS; i++)
        run_close(&runs[i]);
}

static char *table_of(const struct run *runs, const char *recorded)
{
    char *text = NULL;
    size_t length;
    struct report report = {.recorded = recorded};
    report.out = open_memstream(&text, &length);
    report_table(&report, runs, RUNS);
    fclose(report.out);
    return text;
}

/* The last line of `text` that begins with `name`: a run's rates, which follow its times. */
static const char *line_of(const char *text, const char *name)
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
    struct run runs[RUNS];
    open_runs(runs);
    char *text = table_of(runs, NULL);
    cr_assert(strstr(line_of(text, "cpu_per_token"), " 1.00x  3 of 8"), "%s", text);
    cr_assert(strstr(line_of(text, "cpu_persistent"), " 2.00x  3 of 8"), "%s", text);
    cr_assert(strstr(line_of(text, "cpu_graph"), " 4.00x  3 of 8"), "%s", text);
    cr_assert_null(strstr(text, "RECORDED"));
    free(text);
    close_runs(runs);
}

/* Gives a run `samples` samples of `ns`. */
static void refill(struct run *run, int samples, uint64_t ns)
{
    histogram_clear(&run->histograms[METRIC_ITERATION]);
    histogram_clear(&run->histograms[METRIC_STEP]);
    for (int sample = 0; sample < samples; sample++) {
        histogram_record(&run->histograms[METRIC_ITERATION], ns);
        histogram_record(&run->histograms[METRIC_STEP], ns);
    }
}

Test(report, unresolved_percentiles_are_absent)
{
    struct run runs[RUNS];
    char *text = NULL;
    size_t length;
    open_runs(runs);
    refill(&runs[0], 40, 1000);
    text = table_of(runs, NULL);
    cr_assert(strstr(text, "  1.00 us  1.00 us        -        -   1.00 us  1.00 us        -"),
              "%s", text);
    free(text);
    struct report report = {.plain = true, .out = open_memstream(&text, &length)};
    report_table(&report, runs, RUNS);
    fclose(report.out);
    cr_assert(strstr(text, "cpu_per_token: iteration p50 1.00 us; step p50 1.00 us; "), "%s", text);
    cr_assert(strstr(text, "cpu_persistent: iteration p50 500 us, p99 500 us; step p50 "), "%s",
              text);
    free(text);
    close_runs(runs);
}

Test(report, beyond_the_range_there_is_neither_a_number_nor_a_rate)
{
    struct run runs[RUNS];
    open_runs(runs);
    refill(&runs[1], 10, 150000000000);
    char *text = table_of(runs, NULL);
    cr_assert(strstr(text, "cpu_persistent  > 100 s  > 100 s        -        -   > 100 s"), "%s",
              text);
    cr_assert(strstr(line_of(text, "cpu_persistent"),
                     "        -         -         -           -         -  3 of 8"),
              "%s", text);
    free(text);
    close_runs(runs);
}

Test(report, a_variant_with_a_prefill_is_compared_without_it)
{
    struct run runs[RUNS];
    open_runs(runs);
    for (int sample = 0; sample < 100; sample++)
        histogram_record(&runs[2].histograms[METRIC_DECODE], 125000);
    runs[2].facts.graph = (struct graph_facts){GRAPH_PATH_FULL, false, 21000, 15000, 9000, 2500};
    char *text = table_of(runs, NULL);
    cr_assert(strstr(text, " 8.00x  3 of 8"), "%s", text);
    cr_assert(strstr(text, "cpu_graph has a prefill: without it, its iteration's p50 is 125 us"),
              "%s", text);
    free(text);

    size_t length;
    struct report report = {0};
    report.out = open_memstream(&text, &length);
    report_run(&report, &runs[2]);
    fclose(report.out);
    cr_assert(strstr(text, "without the prefill p50 125 us"), "%s", text);
    cr_assert(strstr(text, "full graph, captured in 21.0 us"), "%s", text);
    free(text);
    close_runs(runs);
}

Test(report, wrong_and_unverified_are_not_ranked)
{
    struct run runs[RUNS];
    open_runs(runs);
    runs[1].verification.verdict = VERDICT_WRONG;
    strcpy(runs[1].verification.reason, "the fourth row is off");
    runs[2].verification = (struct verification){.total = 8};
    char *text = table_of(runs, NULL);
    cr_assert_null(strchr(line_of(text, "cpu_persistent"), 'x'));
    cr_assert(strstr(line_of(text, "cpu_persistent"), "WRONG"));
    cr_assert(strstr(line_of(text, "WRONG cpu_persistent"), "the fourth row is off"));
    cr_assert_null(strchr(line_of(text, "cpu_graph"), 'x'));
    cr_assert(strstr(line_of(text, "cpu_graph"), "unverified"));
    free(text);

    runs[1].verification.verdict = VERDICT_RIGHT;
    runs[0].verification.verdict = VERDICT_WRONG;
    text = table_of(runs, NULL);
    cr_assert_null(strchr(line_of(text, "cpu_persistent"), 'x'), "ranked over a wrong baseline");
    free(text);
    close_runs(runs);
}

Test(report, variants_that_did_not_run_are_named_with_the_reason)
{
    struct run runs[RUNS];
    open_runs(runs);
    runs[1].status = RUN_SKIPPED;
    error_set(&runs[1].error, ERROR_UNSUPPORTED, "no such barrier");
    histogram_clear(&runs[1].histograms[METRIC_ITERATION]);
    runs[2].status = RUN_FAILED;
    error_set(&runs[2].error, ERROR_RUN, "it stalled");
    histogram_clear(&runs[2].histograms[METRIC_ITERATION]);
    char *text = table_of(runs, NULL);
    cr_assert(strstr(line_of(text, "skipped cpu_persistent"), "no such barrier"));
    cr_assert(strstr(line_of(text, "FAILED cpu_graph"), "it stalled"));
    free(text);
    cr_assert_eq(command_judge(runs, RUNS), 1);
    cr_assert_eq(command_judge(runs, 2), 0, "a skipped one is no failure");
    runs[0].verification.verdict = VERDICT_WRONG;
    cr_assert_eq(command_judge(runs, 1), 1);
    close_runs(runs);
}

Test(report, unreached_variants_did_not_time_out)
{
    struct run runs[RUNS];
    open_runs(runs);
    runs[1].status = RUN_MEASURING;
    histogram_clear(&runs[1].histograms[METRIC_ITERATION]);
    runs[2].status = RUN_WAITING;
    histogram_clear(&runs[2].histograms[METRIC_ITERATION]);
    char *text = table_of(runs, NULL);
    cr_assert(strstr(line_of(text, "not measured cpu_persistent"), "its time was up"));
    cr_assert_null(strstr(line_of(text, "not reached cpu_graph"), "its time was up"));
    free(text);
    close_runs(runs);
}

static char *section_of(const struct run *run)
{
    char *text = NULL;
    size_t length;
    struct report report = {0};
    report.out = open_memstream(&text, &length);
    report_run(&report, run);
    fclose(report.out);
    return text;
}

/* A step's bytes include those it writes, so the report does not say "read". */
Test(report, reports_bandwidth_and_missing_stamps)
{
    struct run runs[RUNS];
    open_runs(runs);
    runs[0].step_bytes = 2000000;
    char *text = section_of(&runs[0]);
    cr_assert(strstr(text, "moves 64 GB/s"), "32 steps of 2 MB in 1 ms: %s", text);
    cr_assert_null(strstr(text, "without a stamp"));
    free(text);
    runs[0].left_out = 1234;
    text = section_of(&runs[0]);
    cr_assert(strstr(text, "1,234 steps without a stamp"), "%s", text);
    free(text);
    close_runs(runs);
}

Test(report, says_how_many_iterations_were_stopped)
{
    struct run runs[RUNS];
    open_runs(runs);
    char *text = table_of(runs, NULL);
    cr_assert_null(strstr(text, "left out"));
    free(text);
    runs[1].stopped_iterations = 1;
    runs[2].stopped_iterations = 1234;
    text = table_of(runs, NULL);
    cr_assert(strstr(text, "\nleft out 1 iteration of cpu_persistent: "), "%s", text);
    cr_assert(strstr(text, "\nleft out 1,234 iterations of cpu_graph: "), "%s", text);
    cr_assert_null(strstr(text, "of cpu_per_token"));
    free(text);
    close_runs(runs);
}

Test(report, a_recording_says_so_in_every_part)
{
    struct run runs[RUNS];
    open_runs(runs);
    char *text = table_of(runs, "RECORDED on X, 2026");
    cr_assert_eq(strncmp(text, "RECORDED on X, 2026\n", 20), 0, "%s", text);
    free(text);

    size_t length;
    struct report report = {.recorded = "RECORDED on X, 2026"};
    report.out = open_memstream(&text, &length);
    runs[0].known = NULL; /* like a build with more variants */
    report_run(&report, &runs[0]);
    fclose(report.out);
    cr_assert(strstr(text, "RECORDED on X, 2026"));
    cr_assert(strstr(text, "recorded: SEQ_LEN=32"), "%s", text);
    cr_assert(strstr(text, "log time axis"));
    free(text);
    close_runs(runs);
}

/* Beside the numbers that it disturbed; a skipped run has none. */
Test(report, disturbances_are_named)
{
    struct run runs[RUNS];
    open_runs(runs);
    for (int i = 0; i < RUNS; i++) {
        runs[i].telemetry = (struct telemetry){.readings = 9, .threads = 8, .cores = 2};
        runs[i].telemetry.cores = i == 1 ? 8 : 2;
    }
    runs[2].status = RUN_SKIPPED;
    histogram_clear(&runs[2].histograms[METRIC_ITERATION]);
    char *text = table_of(runs, NULL);
    cr_assert_not_null(strstr(text, "\ndisturbed cpu_per_token: 2 cores for 8 threads"), "%s",
                       text);
    cr_assert_null(strstr(text, "disturbed cpu_persistent"));
    cr_assert_null(strstr(text, "disturbed cpu_graph"));
    free(text);
    close_runs(runs);
}

Test(report, knobs_are_listed_by_where_they_came_from)
{
    struct run runs[RUNS];
    struct knob_settings settings;
    open_runs(runs);
    knobs_reset(&settings);
    settings.source[KNOB_SEQ_LEN] = SOURCE_FLAG;
    settings.source[KNOB_BATCH] = SOURCE_ENVIRONMENT;
    runs[1].used.threads = 3;
    char *text;
    size_t length;
    struct report report = {.settings = &settings};
    report.out = open_memstream(&text, &length);
    report_run(&report, &runs[1]);
    fclose(report.out);
    cr_assert(strstr(text, "flag: SEQ_LEN=32; environment: BATCH=8; auto: THREADS=3; default: "),
              "%s", text);
    free(text);
    close_runs(runs);
}

Test(report, an_unknown_knob_has_no_value)
{
    struct run runs[RUNS];
    char *text = NULL;
    size_t length;
    open_runs(runs);
    runs[0].asked.chain = runs[0].used.chain = KNOB_UNKNOWN;
    struct report report = {.recorded = "RECORDED", .out = open_memstream(&text, &length)};
    report_run(&report, &runs[0]);
    fclose(report.out);
    cr_assert(strstr(text, " CHAIN=unknown "), "%s", text);
    free(text);
    close_runs(runs);
}

Test(report, a_variant_asked_for_by_name_must_run)
{
    struct run runs[RUNS];
    struct error error = {0};
    struct targets targets = {.count = RUNS};
    open_runs(runs);
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
    close_runs(runs);
}

/* ---- where the time went -------------------------------------------------------------------- */

/* A launch per step, which takes half of it; and persistent threads that measure their waits. */
static void break_down(struct run runs[RUNS])
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
    struct run runs[RUNS];
    open_runs(runs);
    char *before = table_of(runs, NULL);
    cr_assert_null(strstr(before, "advice"));
    break_down(runs);
    runs[1].operations = (struct operations){
        .steps = 2, .count = 2, .of = {{"QKV", 4, 9000, 0, 0, 0}, {"head", 1, 21000, 0, 0, 0}}};
    char *text = table_of(runs, NULL);
    cr_assert_eq(strncmp(text, before, strlen(before)), 0, "what was there stays\n%s", text);
    cr_assert_str_eq(
        text + strlen(before),
        "cpu_persistent: a mean step of 15.0 us is gap 150 ns (1 %), data wait 300 ns (2 %), "
        "barrier "
        "wait\n3.00 us (20 %), compute 11.6 us (77 %); programs end it 750 ns apart; by operation: "
        "head 10.5 us (70\n%); "
        "QKV 4.50 us (30 %)\n"
        "advice    cpu_per_token: waking threads takes 50 % of a step: try cpu_persistent\n"
        "          cpu_persistent: computes 77 % of a step: raise THREADS to share it\n",
        "%s", text + strlen(before));
    free(before);
    free(text);
    close_runs(runs);
}

Test(report, a_run_in_full_has_its_phases)
{
    struct run runs[RUNS];
    char *text = NULL;
    size_t length;
    open_runs(runs);
    break_down(runs);
    for (int i = 0; i < 2; i++) {
        struct report report = {.out = open_memstream(&text, &length)};
        report_run(&report, &runs[i]);
        fclose(report.out);
        cr_assert_eq(strstr(text, "\n  phases  a mean step of 15.0 us") != NULL, i == 1, "%s",
                     text);
        free(text);
    }
    close_runs(runs);
}
