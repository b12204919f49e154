#include "../../src/base/json.h"
#include "../../src/document/document.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "folder.h"
#include "random.h"
#include "same_histogram.h"
#include "texts.h"

#include <math.h>
#include <unistd.h>

static struct error error;
static struct run runs[12];
static struct document document, loaded; /* `loaded`: the document that was read last */

/* ---- a document with every feature --------------------------------------------------------- */

#define SAMPLES 8 /* per metric of a run */

static void make_run(struct run *run, const char *variant, uint64_t seed)
{
    uint64_t random = seed;
    cr_assert(run_open(run));
    snprintf(run->variant, sizeof run->variant, "%s", variant);
    snprintf(run->target, sizeof run->target, "persistent_decode");
    run->known = variant_find(variant);
    run->asked = run->used = knobs_defaults();
    run->used.threads = 3;
    run->status = RUN_DONE;
    run->facts = (struct facts){.programs = 3, .launches_per_iteration = 1, .stamp_error_ns = 16};
    run->verification = (struct verification){VERDICT_RIGHT, 3, 8, 1.2e-7, ""};
    run->step_bytes = 4096;
    run->step_flops = 2048;
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        for (int i = 0; i < SAMPLES; i++)
            histogram_record(&run->histograms[metric], random_below(&random, 5000000));
}

/* Makes a trace of `programs` programs and `steps` steps. In every fifth stamp, the program has no
 * part in the step. */
static void make_trace(struct trace *trace, uint32_t steps, uint32_t programs)
{
    *trace = (struct trace){.iteration_ns = 1000000,
                            .steps = steps,
                            .programs = programs,
                            .steps_run = steps + 7,
                            .programs_run = programs};
    const size_t count = (size_t)steps * programs;
    trace->stamps = calloc(count, sizeof *trace->stamps);
    for (size_t i = 0; i < count; i++) {
        uint64_t begin = 100 + (i % steps) * 900;
        if (i % 5 != 4)
            trace->stamps[i] = (struct stamp){begin, begin + 700 + i % 3};
    }
}

/* Makes the spans of a prefill and of the submission of a decode; two more were not kept. */
static void make_spans(struct trace *trace)
{
    static const struct prefill_span spans[] = {
        {10, 300, SPAN_SUBMIT, 0, SPAN_PREFILL},
        {310, 700, SPAN_SUBMIT, 0, SPAN_DECODE},
        {400, 900, SPAN_COPY, 1, 7},
        {910, 911, SPAN_COMPUTE, 1, 7},
    };
    trace->span_count = sizeof spans / sizeof *spans;
    trace->spans_run = trace->span_count + 2;
    trace->spans = malloc(sizeof spans);
    memcpy(trace->spans, spans, sizeof spans);
}

/* Makes the waits of programs in the steps that they took part in, and the sums over all steps. */
static void make_phases(struct run *run)
{
    struct trace *trace = &run->typical;
    const size_t count = (size_t)trace->steps * trace->programs;
    trace->phases = calloc(count, sizeof *trace->phases);
    for (size_t i = 0; i < count; i++)
        if (trace->stamps[i].end_ns > 0)
            trace->phases[i] = (struct phase){(uint32_t)i * 7, UINT32_MAX - (uint32_t)i};
    run->breakdown = (struct breakdown){.steps = 4100,
                                        .phased = 4000,
                                        .step_ns = JSON_MOST_INTEGER,
                                        .gap_ns = 5,
                                        .data_ns = 6,
                                        .barrier_ns = JSON_MOST_INTEGER - 11,
                                        .spread_ns = 7,
                                        .starts = 2,
                                        .start_ns = 9};
}

/* Makes the operations of the last step, their sums and their bytes. Program 1 has no part in one
 * of the operations. */
static void make_operations(struct run *run)
{
    static const struct operation list[] = {{"QKV", 0}, {"head", OPERATION_NO_LAYER}, {"QKV", 7}};
    struct operation_stamp stamps[3][3] = {{{0}}};
    for (uint64_t p = 0; p < 3; p++)
        for (uint64_t i = 0; i < 3; i++)
            if (p != 1 || i != 1)
                stamps[p][i] = (struct operation_stamp){
                    500 + 100 * i, 590 + 110 * i + p, {(uint32_t)(7 * i), UINT32_MAX}};
    stamps[2][1].begin_ns = 560; /* before the previous one ends */
    cr_assert(operation_table_take(&run->typical.operations, list, stamps[0], 3, 3, 0));
    run->operations =
        (struct operations){.steps = 9,
                            .count = 2,
                            .of = {{"QKV", 2, JSON_MOST_INTEGER / OPERATIONS_KINDS, 5, 6, 7},
                                   {"head", 1, 40, 0, 40, 0}}};
    run->typical.steps_run = run->typical.steps; /* else they are not written */
    run->ledger_count = 2;
    run->ledger[0] = (struct workload_bytes){"weights", JSON_MOST_INTEGER};
    run->ledger[1] = (struct workload_bytes){"kv_cache", 0};
}

static void close_runs(void)
{
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        run_close(&runs[i]);
}

/* Describes `count` new runs in `document`. */
static void make_document(size_t count)
{
    struct device_info device = {.backend = BACKEND_CPU,
                                 .id = "cpu",
                                 .name = "A \"quoted\" CPU\twith a tab",
                                 .driver = "6.1",
                                 .isa = "AVX2",
                                 .units = 4,
                                 .memory_free_bytes = UINT64_C(123456789012)};
    static const char *const variants_known[] = {"cpu_per_token", "cpu_persistent", "unheard_of"};
    close_runs();
    for (size_t i = 0; i < count; i++)
        make_run(&runs[i], variants_known[i % 3], i + 1);
    make_trace(&runs[0].typical, 6, 3);
    make_spans(&runs[0].typical);
    make_trace(&runs[0].slowest, 2, 1);
    make_phases(&runs[0]);
    make_operations(&runs[0]);
    runs[0].facts.prefill_bytes = 4096;
    runs[0].in_flight_most = 3;
    document_describe(&document, &device, runs, count);
    document.order_seed = 42;
    document.rounds = 7;
}

static char *text; /* the text printed last */
static size_t length;

static void free_all(void)
{
    free(text);
    document_free(&loaded);
    close_runs();
}

TestSuite(document, .fini = free_all);

typedef char *print_function(const struct document *document, size_t *length);

static void print(print_function *function)
{
    free(text);
    text = function(&document, &length);
    cr_assert_not_null(text);
}

/* Reads the text printed last. */
static void must_read(void)
{
    document_free(&loaded);
    assert_success(document_parse(text, strlen(text), "a.json", &loaded, &error));
}

static void write_and_read(void)
{
    print(document_print);
    must_read();
}

/* Prints a small document, which the tests then damage. */
static void print_valid(void)
{
    make_document(1);
    print(document_print);
}

static bool parses(const char *bytes, size_t count)
{
    struct document parsed;
    error = (struct error){0};
    if (document_parse(bytes, count, "a.json", &parsed, &error)) {
        document_free(&parsed);
        return true;
    }
    cr_assert_null(parsed.runs);
    return false;
}

/* Replaces the first `from` of a valid document by `to` and expects a refusal with `sentence`. */
static void refuses(const char *from, const char *to, const char *sentence)
{
    print_valid();
    char *broken = replaced(text, from, to);
    cr_assert_not(parses(broken, strlen(broken)), "took %s", to);
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_not_null(strstr(error.text, sentence), "%s: said '%s'", to, error.text);
    cr_assert_eq(strncmp(error.text, "a.json: ", 8), 0, "%s", error.text);
    cr_assert_null(strchr(error.text, '\n'));
    free(broken);
}

/* ---- round trips ---------------------------------------------------------------------------- */

/* Compares bytes. Arrays of size 0 may be NULL. */
static void expect_same(const void *is, const void *was, size_t size)
{
    cr_assert(size == 0 || memcmp(is, was, size) == 0);
}

static void expect_same_trace(const struct trace *a, const struct trace *b)
{
    const size_t cells = (size_t)a->steps * a->programs;
    const size_t operations = (size_t)a->operations.count * a->operations.programs;
    cr_assert_eq(a->iteration_ns, b->iteration_ns);
    cr_assert_eq(a->steps, b->steps);
    cr_assert_eq(a->programs, b->programs);
    cr_assert_eq(a->steps_run, b->steps_run);
    cr_assert_eq(a->programs_run, b->programs_run);
    expect_same(a->stamps, b->stamps, cells * sizeof *a->stamps);
    cr_assert_eq(a->phases == NULL, b->phases == NULL);
    expect_same(a->phases, b->phases, a->phases ? cells * sizeof *a->phases : 0);
    cr_assert_eq(a->operations.count, b->operations.count);
    cr_assert_eq(a->operations.programs, b->operations.programs);
    for (uint32_t i = 0; i < a->operations.count; i++) {
        cr_assert_str_eq(a->operations.list[i].name, b->operations.list[i].name);
        cr_assert_eq(a->operations.list[i].layer, b->operations.list[i].layer);
    }
    expect_same(a->operations.stamps, b->operations.stamps,
                operations * sizeof *a->operations.stamps);
    cr_assert_eq(a->spans_run, b->spans_run);
    cr_assert_eq(a->span_count, b->span_count);
    expect_same(a->spans, b->spans, a->span_count * sizeof *a->spans);
}

Test(document, carries_the_model)
{
    make_document(2);
    /* This trace exceeds RECORDING_MOST_BYTES, so document_print_recording reduces the document,
     * and writes members that all runs share only once. */
    make_trace(&runs[1].typical, 4000, 60);
    for (int i = 0; i < 2; i++) {
        strcpy(runs[i].model.name, "Llama-3.2-1B");
        memset(runs[i].model.hash, 'a', sizeof runs[i].model.hash - 1);
    }
    for (int packed = 0; packed < 2; packed++) {
        print(packed ? document_print_recording : document_print);
        must_read();
        for (int i = 0; i < 2; i++) {
            cr_assert_str_eq(loaded.runs[i].model.name, runs[i].model.name);
            cr_assert_str_eq(loaded.runs[i].model.hash, runs[i].model.hash);
        }
        cr_assert_eq(count_of(text, "\"model_hash\""), packed ? 1 : 2,
                     "runs of a recording share it");
    }
    runs[0].model = runs[1].model = (struct run_model){.name = ""};
    print(document_print);
    cr_assert_null(strstr(text, "model_"), "only runs with a model have it");
}

Test(document, carries_everything)
{
    make_document(3);
    runs[1].verification = (struct verification){VERDICT_WRONG, 1, 8, INFINITY, "a NaN"};
    runs[2].facts.free_running = true;
    runs[1].facts.graph = (struct graph_facts){GRAPH_PATH_PIECEWISE, true, 1, 2, 3, 4};
    runs[2].left_out = 77;
    runs[2].stopped_iterations = 3;
    runs[1].telemetry.readings = 3;
    runs[1].telemetry.tokens = 9;

    write_and_read();
    assert_contains(text, "\"iterations_stopped\":3");
    cr_assert_eq(count_of(text, "\"iterations_stopped\""), 1, "only runs with some have it");
    cr_assert_str_eq(loaded.run_id, document.run_id);
    cr_assert_str_eq(loaded.recorded_utc, document.recorded_utc);
    cr_assert_str_eq(loaded.version, document.version);
    cr_assert_str_eq(loaded.git_revision, document.git_revision);
    cr_assert_eq(loaded.order_seed, 42);
    cr_assert_eq(loaded.rounds, 7);
    cr_assert_not(loaded.recorded, "it was measured");
    cr_assert_str_eq(loaded.device.name, "A \"quoted\" CPU?with a tab");
    cr_assert_eq(loaded.device.memory_free_bytes, UINT64_C(123456789012));
    cr_assert_eq(loaded.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct run *was = &runs[i], *is = &loaded.runs[i];
        cr_assert_str_eq(is->variant, was->variant);
        cr_assert_eq(is->status, RUN_DONE);
        cr_assert_eq(is->used.batch, was->used.batch);
        cr_assert_arr_eq(&is->verification, &was->verification, sizeof is->verification);
        cr_assert_eq(is->facts.free_running, was->facts.free_running);
        cr_assert_eq(is->facts.stamp_error_ns, was->facts.stamp_error_ns);
        cr_assert_arr_eq(&is->facts.graph, &was->facts.graph, sizeof is->facts.graph);
        cr_assert_eq(is->step_bytes, was->step_bytes);
        cr_assert_eq(is->left_out, was->left_out);
        cr_assert_eq(is->stopped_iterations, was->stopped_iterations);
        cr_assert_eq(is->facts.prefill_bytes, was->facts.prefill_bytes);
        cr_assert_eq(is->in_flight_most, was->in_flight_most);
        cr_assert_arr_eq(&is->telemetry, &was->telemetry, sizeof is->telemetry);
        cr_assert_arr_eq(&is->breakdown, &was->breakdown, sizeof is->breakdown);
        cr_assert_arr_eq(&is->operations, &was->operations, sizeof is->operations);
        cr_assert_arr_eq(is->ledger, was->ledger, sizeof is->ledger);
        cr_assert_eq(is->ledger_count, was->ledger_count);
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            check_same_histogram(&is->histograms[metric], &was->histograms[metric]);
        expect_same_trace(&is->typical, &was->typical);
        expect_same_trace(&is->slowest, &was->slowest);
    }
    cr_assert_not_null(loaded.runs[0].known);
    cr_assert_null(loaded.runs[2].known, "a variant that this build lacks");
    cr_assert_eq(loaded.runs[2].used.threads, 3);
    cr_assert_eq(loaded.runs[2].asked.threads, KNOB_AUTO);

    size_t length_again;
    char *again = document_print(&loaded, &length_again);
    cr_assert(strcmp(text, again) == 0, "written again, it differs");
    free(again);
}

/* Unknown values stay unknown, and values of another kind of device are ignored. */
Test(document, carries_ceilings)
{
    make_document(1);
    document.ceilings =
        (struct ceilings){.read_gb_per_s = 1.0 / 3, .wake_ns = 4321, .launch_ns = 7};
    write_and_read();
    assert_contains(text, "\"stamp_ns\":null");
    document.ceilings.launch_ns = 0; /* a CPU has none */
    cr_assert_arr_eq(&loaded.ceilings, &document.ceilings, sizeof loaded.ceilings);
    document.ceilings = (struct ceilings){0};
    write_and_read();
    cr_assert_null(strstr(text, "ceilings"));
    cr_assert_eq(loaded.ceilings.read_gb_per_s, 0);
}

/* Noise is written if it was measured on the device of the runs. Assumed noise is not written. */
Test(document, carries_the_noise_between_processes)
{
    make_document(1);
    runs[0].noise = (struct noise){1.0 / 3, 10};
    for (int copy = 1; copy <= 2; copy++) {
        write_and_read();
        cr_assert_eq(loaded.noise.sigma, 1.0 / 3);
        cr_assert_eq(loaded.noise.processes, 10);
        cr_assert_eq(loaded.runs[0].noise.sigma, 1.0 / 3);
        cr_assert_eq(loaded.runs[0].noise.processes, 10);
        document.noise = runs[0].noise; /* like a document that was read */
        runs[0].noise = (struct noise){0};
    }
    document.noise = runs[0].noise = noise_assumed(runs[0].backend);
    write_and_read();
    cr_assert_null(strstr(text, "\"noise\""));
    cr_assert_eq(loaded.noise.processes, 0);
    cr_assert_eq(loaded.runs[0].noise.sigma, 0.05);
    cr_assert_eq(loaded.runs[0].noise.processes, 0);
}

Test(document, rewriting_keeps_the_origin)
{
    make_document(1);
    strcpy(document.run_id, "20240203T040506Z-0001");
    strcpy(document.recorded_utc, "2024-02-03T04:05:06Z");
    strcpy(document.version, "0.0.9");
    strcpy(document.git_revision, "abcdef");
    for (int copy = 1; copy <= 2; copy++) {
        const struct document before = document;
        document_describe_again(&document, &before, runs, 1);
        write_and_read();
        cr_assert(loaded.recorded);
        cr_assert_str_eq(loaded.recorded_run_id, "20240203T040506Z-0001", "copy %d", copy);
        cr_assert_str_neq(loaded.run_id, before.run_id);
        cr_assert_str_eq(loaded.recorded_utc, "2024-02-03T04:05:06Z");
        cr_assert_str_eq(loaded.version, "0.0.9");
        cr_assert_str_eq(loaded.git_revision, "abcdef");
        cr_assert_str_eq(loaded.device.isa, "AVX2");
        cr_assert_eq(loaded.device.memory_free_bytes, UINT64_C(123456789012));
    }
}

/* Cuts `part` out of the text. */
static void cut(const char *part)
{
    char *const whole = text;
    text = replaced(whole, part, "");
    free(whole);
}

Test(document, members_unknown_to_older_builds_may_be_missing)
{
    static const char *const keys[] = {"\"recorded\":false,", "\"recorded_run_id\":null,",
                                       ",\"steps_left_out\":0"};
    print_valid();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        cut(keys[i]);
    assert_success(parses(text, strlen(text)));
}

Test(document, an_unnamed_knob_is_unknown_and_stays_so)
{
    char word[32];
    print_valid();
    cut(",\"CHAIN\":true");
    cut(",\"WARMUP\":5");
    for (int round = 0; round < 2; round++) {
        must_read();
        for (int id = 0; id < KNOB_COUNT; id++) {
            const bool unknown = id == KNOB_CHAIN || id == KNOB_WARMUP;
            cr_assert_eq(loaded.runs[0].asked.value[id] == KNOB_UNKNOWN, unknown);
            cr_assert_eq(loaded.runs[0].used.value[id] == KNOB_UNKNOWN, unknown);
        }
        knob_format(KNOB_CHAIN, loaded.runs[0].used.chain, word, sizeof word);
        cr_assert_str_eq(word, "unknown");
        document_describe_again(&document, &loaded, loaded.runs, 1);
        print(document_print);
        cr_assert_null(strstr(text, "CHAIN"), "%s", text);
        cr_assert_null(strstr(text, "WARMUP"), "%s", text);
    }
}

Test(document, unnamed_knobs_of_an_unknown_variant_are_unknown)
{
    make_document(3);
    runs[2].named = KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(PDL);
    write_and_read();
    for (int id = 0; id < KNOB_COUNT; id++)
        cr_assert_eq(loaded.runs[2].used.value[id] == KNOB_UNKNOWN, !(runs[2].named >> id & 1));
}

Test(document, whole_numbers_are_exact)
{
    const uint64_t large = UINT64_C(9007199254740991); /* 2^53 - 1 */
    make_document(1);
    runs[0].step_bytes = large;
    runs[0].step_flops = large - 1;
    runs[0].typical.iteration_ns = UINT64_C(1234567890123457);
    runs[0].verification.rel_l2_error = 0.1 + 0.2;

    write_and_read();
    assert_contains(text, "\"step_bytes\":9007199254740991,");
    cr_assert_eq(loaded.runs[0].step_bytes, large);
    cr_assert_eq(loaded.runs[0].step_flops, large - 1);
    cr_assert_eq(loaded.runs[0].typical.iteration_ns, UINT64_C(1234567890123457));
    cr_assert_eq(loaded.runs[0].verification.rel_l2_error, 0.1 + 0.2);
}

Test(document, leaves_out_empty_runs)
{
    make_document(5);
    runs[0].status = RUN_WAITING;
    runs[1].status = RUN_PREPARING;
    histogram_clear(&runs[1].histograms[METRIC_ITERATION]);
    runs[2].status = RUN_SKIPPED;
    error_set(&runs[2].error, ERROR_UNSUPPORTED, "no such GPU");
    runs[3].status = RUN_FAILED;
    error_set(&runs[3].error, ERROR_RUN, "it hung");
    runs[4].status = RUN_MEASURING;

    write_and_read();
    cr_assert_eq(loaded.count, 3);
    cr_assert_eq(loaded.runs[0].status, RUN_SKIPPED);
    cr_assert_str_eq(loaded.runs[0].error.text, "no such GPU");
    cr_assert_eq(loaded.runs[1].status, RUN_FAILED);
    cr_assert_eq(loaded.runs[2].status, RUN_DONE);
}

Test(document, shortens_traces_until_it_can_be_read)
{
    make_document(12);
    for (size_t i = 1; i < 12; i++)
        make_trace(&runs[i].typical, TRACE_STEPS, TRACE_PROGRAMS);

    write_and_read();
    cr_assert_leq(length, DOCUMENT_MOST_BYTES);
    cr_assert_gt(length, DOCUMENT_MOST_BYTES / 4, "it threw away more than it had to");
    cr_assert_lt(loaded.runs[1].typical.steps, TRACE_STEPS);
    cr_assert_eq(loaded.runs[1].typical.steps_run, TRACE_STEPS + 7);
    cr_assert_eq(loaded.runs[0].typical.steps, 6);
}

/* ---- refused documents ---------------------------------------------------------------------- */

Test(document, refuses_every_prefix)
{
    print_valid();
    assert_success(parses(text, length));
    for (size_t cut = 0; cut < length - 1; cut++) { /* the last byte is a newline */
        char *prefix =
            malloc(cut + 1); /* its own block, so that reading past its end is detected */
        memcpy(prefix, text, cut);
        cr_assert_not(parses(prefix, cut), "took the first %zu bytes", cut);
        cr_assert_eq(error.kind, ERROR_INPUT);
        free(prefix);
    }
}

Test(document, survives_a_changed_byte_anywhere)
{
    print_valid();
    for (size_t i = 0; i < length; i++) {
        static const char changes[] = {'\0', '"', '9', '{', ']', '\x1b', '\xff'};
        char kept = text[i];
        for (size_t c = 0; c < sizeof changes; c++) {
            text[i] = changes[c];
            if (!parses(text, length))
                cr_assert(*error.text && error.kind == ERROR_INPUT);
        }
        text[i] = kept;
    }
}

Test(document, refusals_name_the_key)
{
    refuses("\"min_ns\":", "\"min_ns\":\"x\",\"min_ms\":",
            "runs[0].step.min_ns: expected a whole number from 0 to 9007199254740991, found 'x'");
    refuses("\"schema\":\"pdlab.run/2\"", "\"schema\":\"pdlab.run/3\"",
            "schema: expected \"pdlab.run/2\" or \"pdlab.run/1\", found 'pdlab.run/3'");
    refuses("\"recorded\":false", "\"recorded\":true", "recorded_run_id: expected");
    refuses("\"recorded\":false", "\"recorded\":1", "recorded: expected true or false, found 1");
    refuses("\"order\":{", "\"order\":[],\"other\":{", "order: expected an object");
    refuses("\"rounds\":7", "\"rounds\":-7", "order.rounds: expected a whole number from 0");
    refuses("\"seed\":42,", "", "order.seed: expected a whole number from 0");
    refuses("\"steps_left_out\":0", "\"steps_left_out\":-1", "steps_left_out: expected");
    refuses("\"steps_left_out\":0", "\"iterations_stopped\":-1", "iterations_stopped: expected");
    refuses("\"steps_left_out\":0", "\"iterations_stopped\":1.5", "iterations_stopped: expected");
    refuses("\"runs\":[", "\"noise\":{\"sigma\":-1,\"processes\":9},\"runs\":[",
            "noise.sigma: expected a number from 0 to 10");
    refuses("\"runs\":[", "\"noise\":{\"sigma\":0.1},\"runs\":[",
            "noise.processes: expected a whole number from 2");
    refuses("\"runs\":[", "\"noise\":0.1,\"runs\":[", "noise: expected");
    refuses("\"runs\":[", "\"ceilings\":[],\"runs\":[", "ceilings: expected an object");
    refuses("\"runs\":[", "\"ceilings\":{\"wake_ns\":-1},\"runs\":[",
            "ceilings.wake_ns: expected a number from 0 to 1");
    refuses("\"runs\":[", "\"ceilings\":{\"wake_ns\":2e12},\"runs\":[",
            "ceilings.wake_ns: expected a number from 0 to 1");
    refuses("\"runs\":[", "\"ceilings\":{\"read_gb_per_s\":\"9\"},\"runs\":[",
            "ceilings.read_gb_per_s: expected a number");
    refuses("\"status\":\"ok\"", "\"status\":\"fine\"", "runs[0].status: expected \"ok\"");
    refuses("\"backend\":\"cpu\"", "\"backend\":7", "device.backend: expected \"cpu\" or");
    refuses("\"BATCH\":8", "\"BATCH\":0", "knobs.BATCH: BATCH takes 1 to 4,096, not '0'");
    refuses("\"BATCH\":8", "\"BATCH\":8.5", "knobs.BATCH: BATCH takes 1 to 4,096, not '8.5'");
    refuses("\"BATCH\":8", "\"BATCHES\":8", "no such knob; the nearest is BATCH");
    refuses("\"BATCH\":8,", "", "expected SEQ_LEN and BATCH");
    refuses("\"BATCH\":8", "\"BATCH\":8,\"BATCH\":9", "the key 'BATCH' occurs twice");
    refuses("\"programs\":3", "\"programs\":4294967296", "found 4294967296");
    refuses("\"programs\":3", "\"programs\":1e400", "found inf");
    refuses("\"sequences_checked\":3", "\"sequences_checked\":9", "more sequences_checked");
    refuses("\"verified\":true", "\"verified\":\"yes\"", "expected true or false, found 'yes'");
}

Test(document, checks_histograms)
{
    refuses("\"count\":8", "\"count\":9",
            "the bucket counts add up to 8, but the member count is 9");
    refuses("\"buckets\":[[", "\"buckets\":[[1,2,1],[", "expected a bucket between min_ns and");
    refuses("\"p50_ns\":", "\"p50_ns\":0,\"p49_ns\":", "p50_ns: expected a whole number from");
    refuses("\"buckets\":[[", "\"buckets\":[[3,5,1],[", "expected the bounds of a bucket");
    refuses("\"buckets\":[[", "\"buckets\":[[3],[", "expected [lower, upper, count]");
    refuses("\"mean_ns\":", "\"mean_ns\":0,\"mean_us\":", "mean_ns: expected a number from");
}

/* Replaces "beyond":N of the iterations by another number, and expects a refusal. */
static void refuses_beyond(char digit)
{
    char *at = strstr(strstr(text, "\"iteration\":{"), "\"beyond\":") + strlen("\"beyond\":");
    *at = digit;
    cr_assert_not(parses(text, strlen(text)));
    assert_contains(error.text, "beyond: the last bucket has 3 samples longer than 100 s");
}

Test(document, percentiles_beyond_the_range_are_its_end)
{
    struct histogram *const histograms = runs[0].histograms;
    make_document(1);
    histogram_clear(&histograms[METRIC_ITERATION]);
    for (uint64_t i = 0; i < 10; i++)
        histogram_record(&histograms[METRIC_ITERATION], i < 7 ? 1000 : 150000000000 + i);
    histogram_clear(&histograms[METRIC_STEP]);
    histogram_record(&histograms[METRIC_STEP], 7200000000000);
    write_and_read();
    assert_contains(text,
                    "\"iteration\":{\"count\":10,\"beyond\":3,\"min_ns\":1000,\"p50_ns\":1000,"
                    "\"p90_ns\":100000000000,\"p99_ns\":null,\"p999_ns\":null,"
                    "\"max_ns\":150000000009,");
    assert_contains(text, "\"step\":{\"count\":1,\"beyond\":1,\"min_ns\":7200000000000,"
                          "\"p50_ns\":100000000000,");
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        check_same_histogram(&loaded.runs[0].histograms[metric], &histograms[metric]);
    refuses_beyond('2');
    refuses_beyond('4');
}

Test(document, checks_traces)
{
    refuses("\"steps\":6", "\"steps\":4097", "typical.steps: expected a whole number from 0 to 40");
    refuses("\"steps\":6", "\"steps\":5", "begin_ns[0]: expected 5 entries, found 6");
    refuses("\"programs\":3,\"steps_run\"", "\"programs\":65,\"steps_run\"", "from 0 to 64");
    refuses("\"programs_run\":3", "\"programs_run\":2", "more steps or programs are kept");
    refuses("[100,", "[null,", "step 0 of program 0 does not end after it begins");
    refuses("[100,", "[-1,", "begin_ns[0][0]: expected a whole number from 0");
}

Test(document, checks_operations)
{
    refuses("\"operations\":{\"steps\":9", "\"operations\":{\"steps\":0", "at least 1 step");
    refuses("\"name\":\"head\"", "\"name\":\"QKV\"", "this operation occurs twice");
    refuses("\"ns\":40,", "\"ns\":39,", "gap and waits add up to more than ns");
    refuses("\"count\":2,\"ns\"", "\"count\":5000,\"ns\"", "from 0 to 4096");
    refuses("\"names\":[\"QKV\",", "\"names\":[", "list[2]: expected a whole number from 0 to 0");
    refuses("\"list\":[0,0,", "\"list\":[0,", "expected 1 to 4096 operations");
    refuses("\"list\":[0,0,", "\"list\":[0,0,0,0,", "expected 4 operations, found 3");
    refuses("[500,90,0,4294967295,", "[500,0,0,4294967295,", "a whole number from 1");
    refuses("[500,90,0,4294967295,", "[500,90,0,4294967296,", "a whole number from 0");
    refuses("[500,90,0,4294967295,", "[-1,90,0,4294967295,", "a whole number from 0");
}

Test(document, checks_the_ledger)
{
    refuses("\"kv_cache\":0", "\"KV cache\":0", "expected a key of at most 15 lowercase letters");
    refuses("\"kv_cache\":0", "\"kv_cache\":-1", "bytes.kv_cache: expected a whole number");
    refuses("\"kv_cache\":0", "\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1",
            "more than 6 parts");
}

Test(document, checks_phases)
{
    refuses("\"phases\":{", "\"phases\":[],\"phase\":{", "phases: expected an object");
    refuses("\"phases\":{\"steps\":4100,", "\"phases\":{", "phases.steps: expected a whole number");
    refuses("\"phased_steps\":4000", "\"phased_steps\":4101",
            "phases.phased_steps: expected a whole number from 0 to 4100");
    refuses("\"gap_ns\":5", "\"gap_ns\":6", "gap and waits add up to more than step_ns");
    refuses("\"gap_ns\":5", "\"gap_ns\":-5", "phases.gap_ns: expected a whole number from 0");
    refuses("\"data_wait_ns\":[", "\"other\":[", "data_wait_ns: expected a list");
    refuses("\"barrier_wait_ns\":[", "\"barrier_wait_ns\":[[],", "expected 3 lists, found 4");
    refuses("[0,7,", "[7,", "data_wait_ns[0]: expected 6 entries, found 5");
    refuses("[0,7,", "[0,4294967296,", "data_wait_ns[0][1]: expected a whole number from 0");
}

/* As in a small recording, and as in a document of an older build. */
Test(document, phases_survive_packing_and_may_be_missing)
{
    struct breakdown *const breakdown = &runs[0].breakdown;
    make_document(1);
    breakdown->step_ns = 0;
    breakdown->barrier_ns = breakdown->gap_ns = breakdown->data_ns = 0;
    breakdown->starts = 77;
    print(document_print_recording);
    must_read();
    cr_assert_arr_eq(&loaded.runs[0].breakdown, breakdown, sizeof *breakdown);
    *breakdown = (struct breakdown){0};
    write_and_read();
    cr_assert_null(strstr(text, "\"phases\""));
    cr_assert_eq(loaded.runs[0].breakdown.steps, 0);
}

Test(document, checks_spans)
{
    refuses("\"copy\",1,7,", "\"moved\",1,7,", "expected \"submit\", \"copy\" or \"compute\"");
    refuses("\"copy\",1,7,", "\"copy\",1,", "expected kind, stream, chunk, begin_ns and end_ns");
    refuses("\"copy\",1,7,", "\"copy\",1,-3,", "expected a whole number from -2");
    refuses("\"copy\",1,7,400,900", "\"copy\",1,7,400,399", "expected a whole number from 400");
    refuses("\"copy\",1,7,400,900", "\"copy\",1,7,309,900", "begins before the previous one");
    refuses("\"spans_run\":6", "\"spans_run\":3", "and at most spans_run");
}

Test(document, refuses_control_sequences)
{
    refuses("\"variant\":\"cpu_per_token\"", "\"variant\":\"\\u001b[2J\"", "control characters");
    refuses("\"variant\":\"cpu_per_token\"", "\"variant\":\"\x1b[2J\"", "control character");
    refuses("\"variant\":\"cpu_per_token\"", "\"variant\":\"\\u009b2J\"", "control characters");
    refuses("\"variant\":\"cpu_per_token\"", "\"variant\":\"cut\\u0000off\"", "a NUL in a string");
    refuses("\"variant\":\"cpu_per_token\"", "\"variant\":\"\xc3(\"", "broken UTF-8");
    refuses("\"variant\":\"cpu_per_token\"",
            "\"variant\":\"a-name-that-is-much-too-long-to-fit-in-forty-seven-bytes\"",
            "runs[0].variant: a string of 56 bytes; at most 47 are accepted");
}

Test(document, ignores_unknown_keys)
{
    print_valid();
    char *longer = replaced(text, "\"status\"", "\"from_the_future\":{\"a\":[1]},\"status\"");
    assert_success(parses(longer, strlen(longer)));
    free(longer);
}

Test(document, refuses_huge_files)
{
    const size_t size = DOCUMENT_MOST_BYTES + 1;
    char *huge = malloc(size);
    memset(huge, ' ', size);
    memcpy(huge, "{}", 2);
    cr_assert_not(parses(huge, size));
    assert_contains(error.text, "16,777,217 bytes; at most 16,777,216");

    /* As many keys as fit: the search for duplicates must not compare all pairs. */
    size_t at = 1;
    while (at < size - 16)
        at += (size_t)sprintf(huge + at, "\"%zx\":0,", at);
    memcpy(huge + at - 1, "}", 1);
    cr_assert_not(parses(huge, at));
    assert_contains(error.text, "more than 256 keys");
    free(huge);
}

Test(document, refuses_invalid_json)
{
    static const char *const texts[] = {
        "",   " ",       "[]",         "null",        "{",         "}",         "{]",
        "{}", "\177ELF", "{\"a\":1}}", "{\"a\":1} x", "{\"a\" 1}", "{\"a\":1,", "\"{}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cr_assert_not(parses(texts[i], strlen(texts[i])), "took %s", texts[i]);
        cr_assert_eq(error.kind, ERROR_INPUT);
        cr_assert_eq(strncmp(error.text, "a.json: ", 8), 0, "%s", error.text);
    }
    cr_assert_not(parses("{\n  \"a\": 1,\n  oops}", 19));
    assert_contains(error.text, "line 3, column ");
}

Test(document, goes_to_a_file_and_back)
{
    folder_enter();
    make_document(1);
    assert_success(document_write(&document, "new/run.json", &error));
    assert_success(document_read("new/run.json", &loaded, &error));
    cr_assert_str_eq(loaded.run_id, document.run_id);
    document_free(&loaded);
    cr_assert_not(document_read(".", &loaded, &error));
    cr_assert_not(document_write(&document, "/dev/full", &error));
    cr_assert_eq(error.kind, ERROR_RUN);
    unlink("new/run.json");
    cr_assert_eq(rmdir("new"), 0, "something was left behind");
    cr_assert_eq(rmdir(folder), 0);
}

Test(document, run_ids_differ)
{
    struct document a, b;
    const struct device_info device = {.backend = BACKEND_CPU};
    int same = 0;
    for (int i = 0; i < 8; i++) { /* two of 65,536 may be alike, but not eight times in a row */
        document_describe(&a, &device, NULL, 0);
        document_describe(&b, &device, NULL, 0);
        same += strcmp(a.run_id, b.run_id) == 0;
    }
    cr_assert_lt(same, 4);
    cr_assert_eq(strlen(a.run_id), strlen("20261123T054500Z-1a2b"));
    cr_assert_eq(strlen(a.recorded_utc), strlen("2026-11-23T05:45:00Z"));
}
