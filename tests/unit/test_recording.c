/* The compact form of a document, a recording: what it may leave out, and what it must keep. */
#include "../../src/document/document.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "random.h"
#include "texts.h"
#include "verified_run.h"

#include <math.h>

static struct error error;

#define MOST_RUNS 400u
#define PROGRAMS  8u
#define STEPS     32u

static struct run runs[MOST_RUNS];
static struct document document, again;
static char *text;
static size_t length;

/* A duration like those of steps: most are near around_ns, a few are far longer. */
static uint64_t draw(uint64_t *state, uint64_t around_ns)
{
    uint64_t ns = around_ns + random_below(state, around_ns / 8);
    return random_below(state, 50) == 0 ? ns * (1 + random_below(state, 20)) : ns;
}

static void make_run(struct run *run, uint32_t number, uint32_t samples, uint64_t *state)
{
    struct knobs knobs = knobs_defaults();
    struct stamp stamps[PROGRAMS][STEPS];
    knobs.batch = 1 + number / 20;
    knobs.spin_ns = 100 * (number % 20);
    cr_assert(run_open(run));
    run_begin(run, variant_find("cpu_persistent"), &knobs, &knobs, 0);
    run->used.threads = 3;
    run->status = number % 20 == 19 ? RUN_SKIPPED : RUN_DONE;
    if (run->status == RUN_SKIPPED) {
        snprintf(run->error.text, sizeof run->error.text, "point %u, \"quoted\"", number);
        return;
    }
    run->facts = (struct facts){.programs = PROGRAMS, .launches_per_iteration = 1 + number % 2};
    run->verification = (struct verification){.verdict = VERDICT_RIGHT, .checked = 1, .total = 1};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        for (uint32_t i = 0; i < samples; i++)
            histogram_record(&run->histograms[metric], draw(state, 500 + number));
    for (uint32_t p = 0; p < PROGRAMS; p++)
        for (uint32_t t = 0; t < STEPS; t++)
            stamps[p][t] = (struct stamp){1000 + 900 * t + p, 1700 + 900 * t + 3 * p};
    cr_assert(trace_take(&run->typical, stamps[0], NULL, STEPS, STEPS, PROGRAMS, 500, 40000));
}

/* Prints `count` runs as a recording and reads them back. */
static void record(uint32_t count, uint32_t samples)
{
    uint64_t state = 20261123;
    for (uint32_t i = 0; i < count; i++)
        make_run(&runs[i], i, samples, &state);
    document_describe(&document, &some_cpu, runs, count);
    text = document_print_recording(&document, &length);
    cr_assert_not_null(text);
    assert_success(document_parse(text, length, "a.json", &again, &error));
    cr_assert_eq(again.count, count);
}

static void forget(void)
{
    for (size_t i = 0; i < document.count; i++)
        run_close(&runs[i]);
    document = (struct document){0};
    document_free(&again);
    free(text);
    text = NULL;
}

TestSuite(recording, .fini = forget);

static void expect_same_description(const struct run *is, const struct run *was)
{
    cr_assert_str_eq(is->variant, was->variant);
    cr_assert_str_eq(is->target, was->target);
    cr_assert_eq(is->status, was->status);
    cr_assert_str_eq(is->error.text, was->error.text);
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (!(was->known->knobs >> id & 1))
            continue;
        cr_assert_eq(is->used.value[id], was->used.value[id], "%s", knob_table[id].name);
        cr_assert_eq(is->asked.value[id], was->asked.value[id], "%s", knob_table[id].name);
    }
    cr_assert_eq(is->facts.programs, was->facts.programs);
    cr_assert_eq(is->facts.launches_per_iteration, was->facts.launches_per_iteration);
    cr_assert_eq(is->verification.verdict, was->verification.verdict);
    cr_assert_eq(is->step_bytes, was->step_bytes);
}

/* Checks the figures that merging buckets must not change. */
static void expect_same_figures(const struct histogram *is, const struct histogram *was)
{
    cr_assert_eq(is->count, was->count);
    cr_assert_eq(is->min_ns, was->min_ns);
    cr_assert_eq(is->max_ns, was->max_ns);
    cr_assert_eq(is->total_ns, was->total_ns);
    for (size_t i = 0; i < DOCUMENT_PERCENTILES; i++)
        cr_assert_eq(histogram_percentile(is, document_percentiles[i].fraction),
                     histogram_percentile(was, document_percentiles[i].fraction), "%s",
                     document_percentiles[i].key);
}

Test(recording, a_small_recording_is_written_like_any_document)
{
    size_t plain_length;
    record(3, 50);
    char *plain = document_print(&document, &plain_length);
    cr_assert_str_eq(text, plain);
    free(plain);
}

Test(recording, packing_alone_loses_nothing)
{
    record(20, 3000);
    cr_assert_null(strstr(text, "tokens_per_s"), "it is packed");
    cr_assert_eq(again.octave_buckets, 0);
    for (uint32_t i = 0; i < again.count; i++) {
        const struct run *is = &again.runs[i], *was = &runs[i];
        expect_same_description(is, was);
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
                cr_assert_eq(histogram_count_at(&is->histograms[metric], bucket),
                             histogram_count_at(&was->histograms[metric], bucket));
        cr_assert_eq(is->typical.iteration_ns, was->typical.iteration_ns);
        for (size_t s = 0; s < (size_t)is->typical.steps * is->typical.programs; s++)
            cr_assert_eq(is->typical.stamps[s].end_ns, was->typical.stamps[s].end_ns);
    }
}

Test(recording, merging_buckets_keeps_figures_and_positions)
{
    record(100, 3000);
    cr_assert_leq(length, RECORDING_MOST_BYTES);
    cr_assert_gt(again.octave_buckets, 0);
    for (uint32_t i = 0; i < again.count; i++) {
        expect_same_description(&again.runs[i], &runs[i]);
        for (int metric = 0; metric < METRIC_COUNT; metric++) {
            const struct histogram *is = &again.runs[i].histograms[metric];
            const struct histogram *was = &runs[i].histograms[metric];
            double width = 1 + 1.0 / again.octave_buckets;
            expect_same_figures(is, was);
            /* No sample moves further than the width of a group, so all other percentiles are
             * close. */
            for (double fraction = 0.05; fraction < 1 && was->count > 0; fraction += 0.05) {
                double now = (double)histogram_percentile(is, fraction);
                double before = (double)histogram_percentile(was, fraction);
                cr_assert_leq(fmax(now / before, before / now), width * 1.01);
            }
        }
    }
}

/* A recording with this many runs keeps only what a screen shows. */
Test(recording, four_hundred_runs_fit)
{
    record(400, 1000);
    cr_assert_leq(length, RECORDING_MOST_BYTES, "%zu bytes", length);
    for (uint32_t i = 0; i < again.count; i++) {
        expect_same_description(&again.runs[i], &runs[i]);
        for (int metric = 0; metric <= METRIC_ITERATION; metric++)
            expect_same_figures(&again.runs[i].histograms[metric], &runs[i].histograms[metric]);
    }
}

Test(recording, a_shortened_trace_says_so)
{
    record(60, 3000);
    for (uint32_t i = 0; i < again.count; i++) {
        const struct trace *trace = &again.runs[i].typical;
        if (runs[i].status != RUN_DONE || trace->iteration_ns == 0)
            continue;
        cr_assert_eq(trace->steps_run, STEPS);
        cr_assert_eq(trace->programs_run, PROGRAMS);
        cr_assert_eq(trace->stamps[0].end_ns, runs[i].typical.stamps[0].end_ns);
    }
}

Test(recording, rewriting_keeps_the_note_on_merged_buckets)
{
    struct document copy, read;
    size_t copy_length;
    record(100, 3000);
    document_describe_again(&copy, &again, again.runs, 1);
    char *copied = document_print_recording(&copy, &copy_length);
    assert_success(document_parse(copied, copy_length, "b.json", &read, &error));
    cr_assert_eq(read.octave_buckets, again.octave_buckets);
    document_free(&read);
    free(copied);
}

/* Replaces the first `from` of a packed recording by `to` and expects a refusal with `sentence`. */
static void refuses(const char *from, const char *to, const char *sentence)
{
    struct document read;
    char *broken = replaced(text, from, to);
    cr_assert_not(document_parse(broken, strlen(broken), "a.json", &read, &error), "took %s", to);
    cr_assert(strstr(error.text, sentence), "%s: said '%s'", to, error.text);
    free(broken);
}

Test(recording, packed_members_are_checked)
{
    record(100, 1000);
    refuses("\"step\":[", "\"step\":[1,", "");
    refuses("\"step\":[", "\"step\":[0,5,3,1],\"other\":[", "maximum in the last bucket");
    refuses("\"step\":[", "\"step\":[4,5,3,1,1,1],\"other\":[", "a mean between");
    refuses("\"step\":[", "\"step\":[4,5,9,1,2,1],\"other\":[", "step[4]");
    refuses("\"step\":[", "\"step\":[4,5,9,1,1,0],\"other\":[", "step[5]");
    refuses("\"step\":[", "\"step\":[4,5,9],\"other\":[", "pairs");
    refuses("\"common\":{", "\"common\":{\"step\":[1,1,1,1],", "expected a scalar");
    refuses("\"common\":{", "\"common\":{\"stamps\":{},", "expected a scalar");
    refuses("\"common\":{", "\"common\":[],\"other\":{", "expected an object");
}
