/* document_print.c - the writer of pdlab.run/1. document_parse.c reads what it writes. */
#include "document.h"
#include "json_writer.h"
#include "knobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* What decides the work is there even if the variant says it reads less. */
static void write_knobs(struct json_writer *writer, const struct run *run)
{
    uint64_t read = run->known ? run->known->knobs | RUN_WORK_KNOBS : UINT64_MAX;

    json_line(writer, 3);
    json_open(writer, "knobs", '{');
    for (int id = 0; id < KNOB_COUNT; id++)
        if (read >> id & 1)
            document_write_knob(writer, knob_table[id].name, (enum knob_id)id, run->used.value[id]);
    json_close(writer, '}');

    json_line(writer, 3);
    json_open(writer, "knobs_asked", '{');
    for (int id = 0; id < KNOB_COUNT; id++)
        if ((read >> id & 1) && run->asked.value[id] != run->used.value[id])
            document_write_knob(writer, knob_table[id].name, (enum knob_id)id,
                                run->asked.value[id]);
    json_close(writer, '}');
}

static void write_verification(struct json_writer *writer, const struct verification *verified)
{
    json_line(writer, 3);
    if (verified->verdict == VERDICT_NONE)
        json_write_null(writer, "verified");
    else
        json_write_boolean(writer, "verified", verified->verdict == VERDICT_RIGHT);
    if (verified->verdict == VERDICT_WRONG)
        json_write_string(writer, "verified_reason", verified->reason);
    else
        json_write_null(writer, "verified_reason");
    json_write_number(writer, "rel_l2_error", verified->checked ? verified->rel_l2_error : NAN);
    json_write_integer(writer, "sequences_checked", verified->checked);
    json_write_integer(writer, "sequences_total", verified->total);
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
}

static void write_floor(struct json_writer *writer, const char *key, uint64_t floor_ns)
{
    if (floor_ns > 0)
        json_write_integer(writer, key, (int64_t)floor_ns);
    else
        json_write_null(writer, key);
}

/* What follows from the samples, for readers that do no arithmetic; null without samples. */
static void write_rates(struct json_writer *writer, const struct run *run)
{
    bool timed = run->histograms[METRIC_ITERATION].count > 0;
    double cost, error;

    if (!run_stamp_cost(run, &cost, &error))
        cost = error = NAN;
    json_line(writer, 3);
    json_write_number(writer, "tokens_per_s", timed ? run_tokens_per_s(run) : NAN);
    json_write_number(writer, "moved_gb_per_s", timed ? run_moved_gb_per_s(run) : NAN);
    write_floor(writer, "floor_ns", run->floor_ns);
    write_floor(writer, "iteration_floor_ns", run->iteration_floor_ns);
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

static void write_histogram(struct json_writer *writer, const char *key,
                            const struct histogram *histogram)
{
    json_line(writer, 3);
    json_open(writer, key, '{');
    json_write_integer(writer, "count", (int64_t)histogram->count);
    if (histogram->count > 0) {
        json_write_integer(writer, "min_ns", (int64_t)histogram->min_ns);
        for (size_t i = 0; i < DOCUMENT_PERCENTILES; i++)
            json_write_integer(
                writer, document_percentiles[i].key,
                (int64_t)histogram_percentile(histogram, document_percentiles[i].fraction));
        json_write_integer(writer, "max_ns", (int64_t)histogram->max_ns);
        json_write_number(writer, "mean_ns", histogram_mean(histogram));
        write_buckets(writer, histogram);
    }
    json_close(writer, '}');
}

/* One list a program, each delta-coded on its own; null where the program had no part. */
static void write_times(struct json_writer *writer, const char *key, const struct trace *trace,
                        uint32_t steps, bool ends)
{
    json_open(writer, key, '[');
    for (uint32_t p = 0; p < trace->programs; p++) {
        uint64_t before = 0;
        json_line(writer, 5);
        json_open(writer, NULL, '[');
        for (uint32_t t = 0; t < steps; t++) {
            const struct stamp *stamp = &trace->stamps[(size_t)p * trace->steps + t];
            uint64_t time = ends ? stamp->end_ns : stamp->begin_ns;
            if (stamp->end_ns == 0) {
                json_write_null(writer, NULL);
                continue;
            }
            json_write_integer(writer, NULL, (int64_t)(time - before));
            before = time;
        }
        json_close(writer, ']');
    }
    json_close(writer, ']');
}

static void write_trace(struct json_writer *writer, const char *key, const struct trace *trace,
                        uint32_t steps_most)
{
    uint32_t steps = trace->steps < steps_most ? trace->steps : steps_most;

    json_line(writer, 4);
    if (trace->iteration_ns == 0) {
        json_write_null(writer, key);
        return;
    }
    json_open(writer, key, '{');
    json_write_integer(writer, "iteration_ns", (int64_t)trace->iteration_ns);
    json_write_integer(writer, "steps", steps);
    json_write_integer(writer, "programs", trace->programs);
    json_write_integer(writer, "steps_run", trace->steps_run);
    json_write_integer(writer, "programs_run", trace->programs_run);
    write_times(writer, "begin_ns", trace, steps, false);
    write_times(writer, "end_ns", trace, steps, true);
    json_close(writer, '}');
}

static void write_run(struct json_writer *writer, const struct run *run, uint32_t steps_most)
{
    const char *status = run->status == RUN_FAILED    ? "failed"
                         : run->status == RUN_SKIPPED ? "skipped"
                                                      : "ok";
    json_line(writer, 2);
    json_open(writer, NULL, '{');
    json_write_string(writer, "variant", run->variant);
    json_write_string(writer, "target", run->target);
    json_write_string(writer, "backend", document_backend_name(run->backend));
    json_write_string(writer, "status", status);
    if (*run->error.text)
        json_write_string(writer, "reason", run->error.text);
    else
        json_write_null(writer, "reason");
    write_knobs(writer, run);
    write_verification(writer, &run->verification);
    write_facts(writer, run);
    write_rates(writer, run);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        write_histogram(writer, metric_key((enum metric)metric), &run->histograms[metric]);
    json_line(writer, 3);
    json_open(writer, "stamps", '{');
    write_trace(writer, "typical", &run->typical, steps_most);
    write_trace(writer, "slowest", &run->slowest, steps_most);
    json_close(writer, '}');
    json_close(writer, '}');
}

/* Whether a run has come to anything yet. */
static bool has_something_to_tell(const struct run *run)
{
    if (run->status == RUN_PREPARING || run->status == RUN_WARMING)
        return run->histograms[METRIC_ITERATION].count > 0;
    return run->status != RUN_WAITING;
}

static void write_head(struct json_writer *writer, const struct document *document)
{
    const struct device_info *device = &document->device;

    json_line(writer, 1);
    json_write_string(writer, "schema", DOCUMENT_SCHEMA);
    json_write_string(writer, "run_id", document->run_id);
    json_write_string(writer, "recorded_utc", document->recorded_utc);
    json_write_string(writer, "service_time", "closed loop");
    json_write_boolean(writer, "recorded", document->recorded);
    if (document->recorded)
        json_write_string(writer, "recorded_run_id", document->recorded_run_id);
    else
        json_write_null(writer, "recorded_run_id");
    json_line(writer, 1);
    json_open(writer, "pdlab", '{');
    json_write_string(writer, "version", document->version);
    json_write_string(writer, "git_revision", document->git_revision);
    json_close(writer, '}');
    json_line(writer, 1);
    json_open(writer, "device", '{');
    json_write_string(writer, "backend", document_backend_name(device->backend));
    json_write_string(writer, "id", device->id);
    json_write_string(writer, "name", device->name);
    json_write_string(writer, "driver", device->driver);
    json_write_string(writer, "isa", device->isa);
    json_write_integer(writer, "units", device->units);
    json_write_integer(writer, "memory_free_bytes", (int64_t)device->memory_free_bytes);
    if (device->sm_clock_mhz > 0)
        json_write_integer(writer, "sm_clock_mhz", device->sm_clock_mhz);
    else
        json_write_null(writer, "sm_clock_mhz");
    json_close(writer, '}');
}

/* document_print with at most `steps_most` steps in a trace. */
static char *print_shortened(const struct document *document, uint32_t steps_most, size_t *length)
{
    struct json_writer writer = {0};
    json_open(&writer, NULL, '{');
    write_head(&writer, document);
    json_line(&writer, 1);
    json_open(&writer, "runs", '[');
    for (size_t i = 0; i < document->count; i++)
        if (has_something_to_tell(&document->runs[i]))
            write_run(&writer, &document->runs[i], steps_most);
    json_close(&writer, ']');
    json_close(&writer, '}');
    return json_writer_finish(&writer, length);
}

char *document_print(const struct document *document, size_t *length)
{
    uint32_t steps_most = TRACE_STEPS;
    char *text = print_shortened(document, steps_most, length);
    while (text && *length > DOCUMENT_MOST_BYTES && steps_most > 0) {
        free(text);
        steps_most /= 2;
        text = print_shortened(document, steps_most, length);
    }
    return text;
}
