/* document_print.c - the writer of pdlab.run/2. document_parse.c is its reader. */
#include "../base/json_writer.h"
#include "../engine/backend_name.h"
#include "../engine/ceilings.h"
#include "../engine/knobs.h"
#include "document.h"
#include "document_common.h"
#include "document_operations.h"
#include "document_phases.h"
#include "document_telemetry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How much detail to write for each run. */
struct detail {
    bool packed;              /* write shared members once, histograms as lists, and no derived
                                 figures */
    uint32_t octave_buckets;  /* buckets per power of two; 0: all buckets */
    uint32_t steps, programs; /* limits of a trace's steps and programs; 0: no trace */
    bool bare;                /* write only the histograms of step, busy, gap and iteration */
    bool slowest;             /* also the slowest iteration's trace */
};

/* The levels of detail, from everything to the least that a recording keeps. */
static const struct detail details[] = {
    {.steps = TRACE_STEPS, .programs = TRACE_PROGRAMS, .slowest = true},
    {.packed = true, .steps = TRACE_STEPS, .programs = TRACE_PROGRAMS, .slowest = true},
    {.packed = true, .steps = TRACE_STEPS, .programs = TRACE_PROGRAMS},
    {.packed = true, .steps = 256, .programs = 16},
    {.packed = true, .octave_buckets = 128, .steps = 64, .programs = 16},
    {.packed = true, .octave_buckets = 64, .steps = 32, .programs = 8},
    {.packed = true, .octave_buckets = 32, .steps = 32, .programs = 2},
    {.packed = true, .octave_buckets = 16, .steps = 32, .programs = 1},
    {.packed = true, .octave_buckets = 8, .steps = 32, .programs = 1},
    {.packed = true, .octave_buckets = 8},
    {.packed = true, .octave_buckets = 4},
    {.packed = true, .octave_buckets = 4, .bare = true},
    {.packed = true, .octave_buckets = 2, .bare = true},
    {.packed = true, .octave_buckets = 1, .bare = true},
};
#define DETAILS (sizeof details / sizeof *details)

void document_write_knob(struct json_writer *writer, const char *key, enum knob_id id,
                         int64_t value)
{
    const struct knob_info *knob = &knob_table[id];
    char word[64];

    knob_format(id, value, word, sizeof word);
    if (knob->kind == KNOB_SWITCH)
        json_write_boolean(writer, key, value != 0);
    else if (knob->kind == KNOB_CHOICE || (knob->automatic && value == KNOB_AUTO))
        json_write_string(writer, key, word);
    else
        json_write_integer(writer, key, value);
}

void document_write_knobs(struct json_writer *writer, const char *key, const struct knobs *knobs,
                          uint64_t set)
{
    json_open(writer, key, '{');
    for (int id = 0; id < KNOB_COUNT; id++)
        if ((set >> id & 1) && knobs->value[id] != KNOB_UNKNOWN)
            document_write_knob(writer, knob_table[id].name, (enum knob_id)id, knobs->value[id]);
    json_close(writer, '}');
}

void document_write_device(struct json_writer *writer, const struct device_info *device)
{
    json_write_string(writer, "backend", backend_name(device->backend));
    json_write_string(writer, "id", device->id);
    json_write_string(writer, "name", device->name);
    json_write_string(writer, "driver", device->driver);
    json_write_string(writer, "isa", device->isa);
    json_write_integer(writer, "units", device->units);
}

void document_write_percentile(struct json_writer *writer, const struct document_percentile *of,
                               const struct histogram *histogram)
{
    if (histogram_resolves(histogram, of->fraction))
        json_write_integer(writer, of->key, (int64_t)histogram_percentile(histogram, of->fraction));
    else
        json_write_null(writer, of->key);
}

/* Writes the knobs that the variant reads and those that define the workload. If the run was read
 * from a document, omits the knobs that the document did not name. */
static void write_knobs(struct json_writer *writer, const struct run *run)
{
    uint64_t read = run_read_knobs(run) | run_work_knobs(run), resolved = 0;
    if (run->named)
        read &= run->named;
    for (int id = 0; id < KNOB_COUNT; id++)
        if (run->asked.value[id] != run->used.value[id])
            resolved |= UINT64_C(1) << id;
    json_line(writer, 3);
    document_write_knobs(writer, "knobs", &run->used, read);
    json_line(writer, 3);
    document_write_knobs(writer, "knobs_asked", &run->asked, read & resolved);
}

/* Writes scalar members instead of an object, because only scalars can be shared in "common". */
void document_write_model(struct json_writer *writer, const struct run_model *model)
{
    if (model->hash[0] == '\0')
        return;
    json_write_string(writer, "model_name", model->name);
    json_write_string(writer, "model_hash", model->hash);
}

static void write_verification(struct json_writer *writer, const struct verification *verified)
{
    json_line(writer, 3);
    if (verified->verdict == VERDICT_NONE)
        json_write_null(writer, "verified");
    else
        json_write_boolean(writer, "verified", verified->verdict == VERDICT_RIGHT);
    json_write_string_or_null(writer, "verified_reason",
                              verified->verdict == VERDICT_WRONG ? verified->reason : NULL);
    json_write_number(writer, "rel_l2_error", verified->checked ? verified->rel_l2_error : NAN);
    json_write_integer(writer, "sequences_checked", verified->checked);
    json_write_integer(writer, "sequences_total", verified->total);
}

/* Writes "graph", or nothing if the variant uses no CUDA graph. */
static void write_graph(struct json_writer *writer, const struct graph_facts *graph)
{
    if (graph->path == GRAPH_PATH_NONE)
        return;
    json_line(writer, 3);
    json_write_string(writer, "graph_path", document_graph_paths[graph->path - GRAPH_PATH_FULL]);
    json_write_boolean(writer, "graph_updated", graph->updated);
    json_write_integer(writer, "graph_capture_ns", (int64_t)graph->capture_ns);
    json_write_integer(writer, "graph_instantiate_ns", (int64_t)graph->instantiate_ns);
    json_write_integer(writer, "graph_first_replay_ns", (int64_t)graph->first_replay_ns);
    json_write_integer(writer, "graph_replay_ns", (int64_t)graph->replay_ns);
}

static void write_facts(struct json_writer *writer, const struct run *run)
{
    const struct facts *facts = &run->facts;
    json_line(writer, 3);
    json_write_integer(writer, "programs", facts->programs);
    json_write_integer(writer, "launches_per_iteration", facts->launches_per_iteration);
    json_write_integer(writer, "graph_nodes", facts->graph_nodes);
    json_write_boolean(writer, "free_running", facts->free_running);
    json_write_integer(writer, "stamp_error_ns", (int64_t)facts->stamp_error_ns);
    json_write_integer(writer, "step_bytes", (int64_t)run->step_bytes);
    json_write_integer(writer, "step_flops", (int64_t)run->step_flops);
    json_write_integer(writer, "steps_left_out", (int64_t)run->left_out);
    if (run->stopped_iterations > 0)
        json_write_integer(writer, "iterations_stopped", (int64_t)run->stopped_iterations);
    if (facts->prefill_bytes > 0) {
        json_write_integer(writer, "prefill_bytes", (int64_t)facts->prefill_bytes);
        json_write_integer(writer, "in_flight_most", run->in_flight_most);
    }
    document_write_ledger(writer, run);
    write_graph(writer, &facts->graph);
}

static void write_process(struct json_writer *writer, const struct process *process)
{
    json_open_line(writer, 4, NULL, '{');
    json_write_string(writer, "id", process->id);
    if (process->round > 0) {
        json_write_integer(writer, "round", process->round);
        json_write_integer(writer, "place", process->place);
    }
    json_write_integer(writer, "iterations", (int64_t)process->iterations);
    json_write_integer(writer, "p50_ns", (int64_t)process->p50_ns);
    json_close(writer, '}');
}

/* Writes the run's processes, or nothing if the document's process measured the run. */
static void write_processes(struct json_writer *writer, const struct run *run,
                            const struct document *document)
{
    const struct process *first = run->processes;
    if (run->process_count == 0 ||
        (run->process_count == 1 && first->round == 0 && strcmp(first->id, document->process) == 0))
        return;
    json_open_line(writer, 3, "processes", '[');
    for (uint32_t i = 0; i < run->process_count; i++)
        write_process(writer, &run->processes[i]);
    json_close(writer, ']');
}

/* Writes figures derived from the samples, for readers that cannot compute them. They are null if
 * there is no median. */
static void write_rates(struct json_writer *writer, const struct run *run,
                        const struct detail *detail)
{
    bool timed = histogram_median(&run->histograms[run_decode_metric(run)]) > 0;
    double cost, error;

    if (!run_stamp_cost(run, &cost, &error))
        cost = error = NAN;
    json_line(writer, 3);
    json_write_integer_or_null(writer, "floor_ns", run->floor_ns);
    json_write_integer_or_null(writer, "iteration_floor_ns", run->iteration_floor_ns);
    if (run->ceiling_gb_per_s > 0)
        json_write_number(writer, "ceiling_gb_per_s", run->ceiling_gb_per_s);
    if (detail->packed)
        return;
    json_write_number(writer, "tokens_per_s", timed ? run_tokens_per_s(run) : NAN);
    json_write_number(writer, "moved_gb_per_s", timed ? run_moved_gb_per_s(run) : NAN);
    json_write_number(writer, "stamp_cost_ns", cost);
    json_write_number(writer, "stamp_cost_error_ns", error);
}

static void write_buckets(struct json_writer *writer, const struct histogram *histogram)
{
    json_open(writer, "buckets", '[');
    for (uint32_t i = histogram->first; i <= histogram->last; i++) {
        uint64_t lower, upper, count = histogram_count_at(histogram, i);
        if (count == 0)
            continue;
        histogram_bounds(i, &lower, &upper);
        json_open(writer, NULL, '[');
        json_write_integer(writer, NULL, (int64_t)lower);
        json_write_integer(writer, NULL, (int64_t)upper);
        json_write_integer(writer, NULL, (int64_t)count);
        json_close(writer, ']');
    }
    json_close(writer, ']');
}

/* Returns the number of the group with which a bucket is merged. A group never crosses an
 * octave. */
static uint64_t group_of(uint32_t bucket, uint32_t octave_buckets)
{
    uint64_t lower, upper;
    if (octave_buckets == 0)
        return bucket;
    if (bucket == HISTOGRAM_BUCKETS - 1) /* the bucket of samples beyond the range is never
                                            merged */
        return UINT64_MAX;
    histogram_bounds(bucket, &lower, &upper);
    int shift =
        lower < octave_buckets ? 0 : __builtin_clzll(octave_buckets) - __builtin_clzll(lower);
    return (uint64_t)shift * octave_buckets + (lower >> shift);
}

/* A group of buckets, written as one bucket with all their samples. */
struct gathered {
    uint32_t fixed[2 + DOCUMENT_PERCENTILES]; /* buckets whose samples must not move: the first, the
                                                 last, and those of the listed percentiles */
    uint64_t group, count, most;
    uint32_t bucket, written; /* the bucket that gets the samples; the last bucket written, plus
                                 1 */
    bool is_fixed;
};

static bool is_fixed(const struct gathered *gathered, uint32_t bucket)
{
    bool fixed = false;
    for (size_t i = 0; i < sizeof gathered->fixed / sizeof *gathered->fixed; i++)
        fixed |= gathered->fixed[i] == bucket;
    return fixed;
}

static void write_gathered(struct json_writer *writer, struct gathered *gathered)
{
    if (gathered->written > 0)
        json_write_integer(writer, NULL, (int64_t)(gathered->bucket + 1 - gathered->written));
    json_write_integer(writer, NULL, (int64_t)gathered->count);
    gathered->written = gathered->bucket + 1;
    gathered->count = gathered->most = 0;
    gathered->is_fixed = false;
}

/* Adds a bucket to the group. The group's samples go to its fullest bucket, but never across a
 * fixed bucket. So the number of samples up to each fixed bucket stays the same, and so does every
 * listed percentile. */
static void gather(struct gathered *gathered, uint32_t bucket, uint64_t count, uint64_t group)
{
    gathered->is_fixed = is_fixed(gathered, bucket);
    gathered->group = group;
    gathered->count += count;
    if (count > gathered->most || gathered->is_fixed) {
        gathered->most = count;
        gathered->bucket = bucket;
    }
}

/* Writes a list: min_ns, max_ns, total_ns, the first bucket's count; then for every further
 * non-empty bucket its distance from the previous one and its count. */
static void write_packed(struct json_writer *writer, const char *key,
                         const struct histogram *histogram, uint32_t octave_buckets)
{
    struct gathered gathered = {.fixed = {histogram->first, histogram->last}};
    if (histogram->count == 0)
        return;
    for (size_t i = 0; i < DOCUMENT_PERCENTILES; i++)
        gathered.fixed[2 + i] =
            histogram_bucket(histogram_percentile(histogram, document_percentiles[i].fraction));
    json_open(writer, key, '[');
    json_write_integer(writer, NULL, (int64_t)histogram->min_ns);
    json_write_integer(writer, NULL, (int64_t)histogram->max_ns);
    json_write_integer(writer, NULL, (int64_t)histogram->total_ns);
    for (uint32_t i = histogram->first; i <= histogram->last; i++) {
        uint64_t count = histogram_count_at(histogram, i), group = group_of(i, octave_buckets);
        if (count == 0)
            continue;
        if (gathered.count > 0 && (gathered.is_fixed || group != gathered.group))
            write_gathered(writer, &gathered);
        gather(&gathered, i, count, group);
    }
    write_gathered(writer, &gathered);
    json_close(writer, ']');
}

static void write_histogram(struct json_writer *writer, const char *key,
                            const struct histogram *histogram)
{
    json_open_line(writer, 3, key, '{');
    json_write_integer(writer, "count", (int64_t)histogram->count);
    if (histogram_beyond(histogram) > 0)
        json_write_integer(writer, "beyond", (int64_t)histogram_beyond(histogram));
    if (histogram->count > 0) {
        json_write_integer(writer, "min_ns", (int64_t)histogram->min_ns);
        for (size_t i = 0; i < DOCUMENT_PERCENTILES; i++)
            document_write_percentile(writer, &document_percentiles[i], histogram);
        json_write_integer(writer, "max_ns", (int64_t)histogram->max_ns);
        json_write_number(writer, "mean_ns", histogram_mean(histogram));
        write_buckets(writer, histogram);
    }
    json_close(writer, '}');
}

/* The values of a trace for each step of each program. */
enum column { COLUMN_BEGIN, COLUMN_END, COLUMN_DATA_WAIT, COLUMN_BARRIER_WAIT };

static uint64_t column_ns(const struct trace *trace, size_t at, enum column column)
{
    if (column == COLUMN_BEGIN)
        return trace->stamps[at].begin_ns;
    if (column == COLUMN_END)
        return trace->stamps[at].end_ns;
    return column == COLUMN_DATA_WAIT ? trace->phases[at].data_ns : trace->phases[at].barrier_ns;
}

/* Writes one list per program, with null for a step in which the program did not take part. Begins
 * and ends are delta-coded: each number is the difference from the previous value in the list. */
static void write_column(struct json_writer *writer, const char *key, const struct trace *trace,
                         uint32_t steps, uint32_t programs, enum column column)
{
    json_open(writer, key, '[');
    for (uint32_t p = 0; p < programs; p++) {
        uint64_t before_ns = 0;
        json_open_line(writer, 5, NULL, '[');
        for (uint32_t t = 0; t < steps; t++) {
            const size_t at = (size_t)p * trace->steps + t;
            if (trace->stamps[at].end_ns == 0) {
                json_write_null(writer, NULL);
                continue;
            }
            const uint64_t ns = column_ns(trace, at, column);
            json_write_integer(writer, NULL, (int64_t)(ns - before_ns));
            before_ns = column <= COLUMN_END ? ns : 0;
        }
        json_close(writer, ']');
    }
    json_close(writer, ']');
}

/* Writes each span as [kind, stream, chunk, begin_ns, end_ns]. Chunk -1 is the decode, -2 the whole
 * prefill. */
static void write_spans(struct json_writer *writer, const struct trace *trace, uint32_t count)
{
    json_line(writer, 5);
    json_write_integer(writer, "spans_run", trace->spans_run);
    json_open(writer, "spans", '[');
    for (uint32_t i = 0; i < count; i++) {
        const struct prefill_span *span = &trace->spans[i];
        json_open(writer, NULL, '[');
        json_write_string(writer, NULL, document_span_names[span->kind]);
        json_write_integer(writer, NULL, span->stream);
        json_write_integer(writer, NULL, (int32_t)span->chunk);
        json_write_integer(writer, NULL, (int64_t)span->begin_ns);
        json_write_integer(writer, NULL, (int64_t)span->end_ns);
        json_close(writer, ']');
    }
    json_close(writer, ']');
}

static uint32_t at_most(uint32_t count, uint32_t most)
{
    return count < most ? count : most;
}

static void write_trace(struct json_writer *writer, const char *key, const struct trace *trace,
                        const struct detail *detail)
{
    uint32_t steps = at_most(trace->steps, detail->steps);
    uint32_t programs = at_most(trace->programs, detail->programs);

    json_line(writer, 4);
    if (trace->iteration_ns == 0) {
        json_write_null(writer, key);
        return;
    }
    json_open(writer, key, '{');
    json_write_integer(writer, "iteration_ns", (int64_t)trace->iteration_ns);
    json_write_integer(writer, "steps", steps);
    json_write_integer(writer, "programs", programs);
    json_write_integer(writer, "steps_run", trace->steps_run);
    json_write_integer(writer, "programs_run", trace->programs_run);
    write_column(writer, "begin_ns", trace, steps, programs, COLUMN_BEGIN);
    write_column(writer, "end_ns", trace, steps, programs, COLUMN_END);
    if (trace->phases) {
        write_column(writer, "data_wait_ns", trace, steps, programs, COLUMN_DATA_WAIT);
        write_column(writer, "barrier_wait_ns", trace, steps, programs, COLUMN_BARRIER_WAIT);
    }
    /* The operations are those of the last step, so write them only if that step is written. An
     * operation takes about as much room as a step, so the same limit applies. */
    if (steps == trace->steps_run && trace->operations.count <= detail->steps)
        document_write_operation_table(writer, &trace->operations, programs);
    if (trace->spans_run > 0)
        write_spans(writer, trace, at_most(trace->span_count, detail->steps));
    json_close(writer, '}');
}

static void write_traces(struct json_writer *writer, const struct run *run,
                         const struct detail *detail)
{
    json_open_line(writer, 3, "stamps", '{');
    write_trace(writer, "typical", &run->typical, detail);
    if (detail->slowest)
        write_trace(writer, "slowest", &run->slowest, detail);
    json_close(writer, '}');
}

static void write_run(struct json_writer *writer, const struct document *document,
                      const struct run *run, const struct detail *detail)
{
    const char *status = run->status == RUN_FAILED    ? "failed"
                         : run->status == RUN_SKIPPED ? "skipped"
                                                      : "ok";
    json_open_line(writer, 2, NULL, '{');
    json_write_string(writer, "variant", run->variant);
    json_write_string(writer, "target", run->target);
    json_write_string(writer, "backend", backend_name(run->backend));
    json_write_string(writer, "status", status);
    json_write_string_or_null(writer, "reason", run->error.text);
    write_knobs(writer, run);
    if (run->model.hash[0])
        json_line(writer, 3);
    document_write_model(writer, &run->model);
    write_verification(writer, &run->verification);
    write_facts(writer, run);
    write_rates(writer, run, detail);
    write_processes(writer, run, document);
    document_write_telemetry(writer, &run->telemetry);
    if (!detail->bare) {
        document_write_phases(writer, &run->breakdown);
        document_write_operations(writer, &run->operations);
    }
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const char *key = metric_keys[metric];
        const bool optional = metric == METRIC_DECODE || metric == METRIC_PREFILL ||
                              metric == METRIC_ALONE || metric == METRIC_UNPHASED;
        if ((detail->bare && metric > METRIC_DECODE) ||
            (optional && run->histograms[metric].count == 0))
            continue;
        if (detail->packed)
            write_packed(writer, key, &run->histograms[metric], detail->octave_buckets);
        else
            write_histogram(writer, key, &run->histograms[metric]);
    }
    if (!detail->packed || (detail->steps > 0 && run->typical.iteration_ns > 0))
        write_traces(writer, run, detail);
    json_close(writer, '}');
}

/* Whether a run has content to write. */
static bool has_something_to_tell(const struct run *run)
{
    if (run->status == RUN_PREPARING || run->status == RUN_WARMING)
        return run->histograms[METRIC_ITERATION].count > 0;
    return run->status != RUN_WAITING;
}

/* Returns the document's noise, or else that of a run: all runs have the same device. */
static struct noise measured_noise(const struct document *document)
{
    struct noise noise = document->noise;
    for (size_t i = 0; i < document->count && noise.processes == 0; i++)
        noise = document->runs[i].noise;
    return noise;
}

static void write_order(struct json_writer *writer, const struct document *document)
{
    if (document->rounds == 0)
        return;
    json_open(writer, "order", '{');
    json_write_integer(writer, "seed", (int64_t)document->order_seed);
    json_write_integer(writer, "rounds", document->rounds);
    json_close(writer, '}');
}

static void write_head(struct json_writer *writer, const struct document *document,
                       const struct detail *detail)
{
    const struct device_info *device = &document->device;

    json_line(writer, 1);
    json_write_string(writer, "schema", DOCUMENT_SCHEMA);
    json_write_string(writer, "run_id", document->run_id);
    json_write_string(writer, "recorded_utc", document->recorded_utc);
    if (*document->process)
        json_write_string(writer, "process", document->process);
    write_order(writer, document);
    json_write_string(writer, "service_time", "closed loop");
    json_write_boolean(writer, "recorded", document->recorded);
    json_write_string_or_null(writer, "recorded_run_id",
                              document->recorded ? document->recorded_run_id : NULL);
    uint32_t kept = detail->octave_buckets;
    if (document->octave_buckets > 0 && (kept == 0 || document->octave_buckets < kept))
        kept = document->octave_buckets;
    if (kept > 0)
        json_write_integer(writer, "octave_buckets", kept);
    json_open_line(writer, 1, "pdlab", '{');
    json_write_string(writer, "version", document->version);
    json_write_string(writer, "git_revision", document->git_revision);
    json_close(writer, '}');
    json_open_line(writer, 1, "device", '{');
    document_write_device(writer, device);
    json_write_integer(writer, "memory_free_bytes", (int64_t)device->memory_free_bytes);
    json_write_integer_or_null(writer, "sm_clock_mhz", device->sm_clock_mhz);
    json_close(writer, '}');
    const struct noise noise = measured_noise(document);
    if (noise.processes > 0) {
        json_line(writer, 1);
        noise_write_json(writer, &noise);
    }
    if (ceilings_known(&document->ceilings)) {
        json_line(writer, 1);
        ceilings_write_json(writer, device->backend, &document->ceilings);
    }
}

static void write_runs(struct json_writer *writer, const struct document *document,
                       const struct detail *detail)
{
    json_open_line(writer, 1, "runs", '[');
    for (size_t i = 0; i < document->count; i++)
        if (has_something_to_tell(&document->runs[i]))
            write_run(writer, document, &document->runs[i], detail);
    json_close(writer, ']');
}

/* Writes the runs in packed form, and the members that they share once, in "common". */
static void write_packed_runs(struct json_writer *writer, const struct document *document,
                              const struct detail *detail)
{
    size_t count = 0, length;
    char **texts = calloc(document->count ? document->count : 1, sizeof *texts);
    for (size_t i = 0; texts && i < document->count; i++) {
        struct json_writer run = {0};
        if (!has_something_to_tell(&document->runs[i]))
            continue;
        write_run(&run, document, &document->runs[i], detail);
        texts[count] = json_writer_finish(&run, &length);
        writer->failed |= !texts[count++];
    }
    writer->failed |= !texts;
    if (!writer->failed)
        document_common_write(writer, texts, count);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static char *print_detailed(const struct document *document, const struct detail *detail,
                            size_t *length)
{
    struct json_writer writer = {0};
    json_open(&writer, NULL, '{');
    write_head(&writer, document, detail);
    (detail->packed ? write_packed_runs : write_runs)(&writer, document, detail);
    json_close(&writer, '}');
    return json_writer_finish(&writer, length);
}

char *document_print(const struct document *document, size_t *length)
{
    struct detail detail = details[0];
    char *text = print_detailed(document, &detail, length);
    while (text && *length > DOCUMENT_MOST_BYTES && detail.steps > 0) {
        free(text);
        detail.steps /= 2;
        text = print_detailed(document, &detail, length);
    }
    return text;
}

char *document_print_recording(const struct document *document, size_t *length)
{
    char *text = print_detailed(document, &details[0], length);
    for (size_t i = 1; i < DETAILS && text && *length > RECORDING_MOST_BYTES; i++) {
        free(text);
        text = print_detailed(document, &details[i], length);
    }
    return text;
}
