/* document_parse.c - the reader of pdlab.run/2 and /1. It trusts no input: every document that it
 * accepts can be drawn, compared and written without further checks. */
#include "../base/json_words.h"
#include "../base/text.h"
#include "../engine/backend_name.h"
#include "../engine/ceilings.h"
#include "../engine/json_knobs.h"
#include "../engine/knobs.h"
#include "../engine/targets.h"
#include "document.h"
#include "document_common.h"
#include "document_operations.h"
#include "document_phases.h"
#include "document_telemetry.h"
#include "document_trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A document contains means. The mean of a larger total (52 days) would not give the exact
 * total. */
#define MOST_TOTAL_NS ((double)(UINT64_C(1) << 52))

/* ---- histograms ----------------------------------------------------------------------------- */

static bool read_bucket(const struct json *at, struct histogram *histogram, struct error *error)
{
    int64_t numbers[3] = {0}; /* lower, upper, count */
    uint64_t lower, upper;

    if (!json_is_array(at, error))
        return false;
    if (json_count(at) != 3)
        return json_expected(at, "[lower, upper, count]", error);
    for (struct json number = json_first(at); number.item; number = json_next(&number))
        if (!json_integer(&number, number.index == 2, JSON_MOST_INTEGER, &numbers[number.index],
                          error))
            return false;

    uint32_t index = histogram_bucket((uint64_t)numbers[0]);
    histogram_bounds(index, &lower, &upper);
    if (lower != (uint64_t)numbers[0] || upper != (uint64_t)numbers[1])
        return json_refuse(at, error, "expected the bounds of a bucket, such as [%llu, %llu]",
                           (unsigned long long)lower, (unsigned long long)upper);
    if (histogram->count > 0 && index <= histogram->last)
        return json_refuse(at, error, "expected a bucket above the previous one");
    if (!histogram_add(histogram, index, (uint64_t)numbers[2]))
        return json_refuse(at, error, "expected a bucket between min_ns and max_ns");
    if (histogram->count > JSON_MOST_INTEGER)
        return json_refuse(at, error, "more samples than can be counted");
    return true;
}

static bool read_buckets(const struct json *at, uint64_t count, uint64_t min_ns, uint64_t max_ns,
                         struct histogram *histogram, struct error *error)
{
    struct json buckets = json_member(at, "buckets");
    uint32_t first = histogram_bucket(min_ns), last = histogram_bucket(max_ns);

    if (!json_is_array(&buckets, error))
        return false;
    if (!histogram_open(histogram, first, last - first + 1))
        return json_no_memory(at, error);
    for (struct json bucket = json_first(&buckets); bucket.item; bucket = json_next(&bucket))
        if (!read_bucket(&bucket, histogram, error))
            return false;
    if (histogram->count != count)
        return json_refuse(&buckets, error,
                           "the bucket counts add up to %llu, but the member count is %llu",
                           (unsigned long long)histogram->count, (unsigned long long)count);
    if (histogram->first != first || histogram->last != last)
        return json_refuse(&buckets, error,
                           "expected min_ns in the first bucket and max_ns in the "
                           "last");
    return true;
}

/* Checks the percentiles for consistency; they are not stored, because the buckets determine them.
 * A percentile with too few samples is null. */
static bool check_percentiles(const struct json *at, uint64_t min_ns, uint64_t max_ns,
                              struct error *error)
{
    int64_t before = (int64_t)(min_ns < HISTOGRAM_MOST_NS ? min_ns : HISTOGRAM_MOST_NS);
    for (size_t i = 0; i < DOCUMENT_PERCENTILES; i++) {
        struct json percentile = json_member(at, document_percentiles[i].key);
        if (cJSON_HasObjectItem(at->item, document_percentiles[i].key) && !percentile.item)
            continue;
        if (!json_integer(&percentile, before, (int64_t)max_ns, &before, error))
            return false;
    }
    return true;
}

/* Checks the count of samples beyond the range, which the buckets also determine. If the count is
 * missing, there are none, or an older build wrote the document. */
static bool check_beyond(const struct json *at, const struct histogram *histogram,
                         struct error *error)
{
    struct json beyond_at = json_member(at, "beyond");
    int64_t beyond;
    if (!beyond_at.item)
        return true;
    if (!json_integer(&beyond_at, 1, JSON_MOST_INTEGER, &beyond, error))
        return false;
    return (uint64_t)beyond == histogram_beyond(histogram) ||
           json_refuse(&beyond_at, error, "the last bucket has %llu samples longer than 100 s",
                       (unsigned long long)histogram_beyond(histogram));
}

#define PACKED_HEAD 4u /* numbers before the pairs: see write_packed in document_print.c */

/* Reads the buckets of a packed histogram. `at` is the first bucket's count. */
static bool read_pairs(struct json at, struct histogram *histogram, struct error *error)
{
    uint32_t index = histogram->base, last = histogram->base + histogram->room - 1;
    for (; at.item; at = json_next(&at)) {
        int64_t distance = 0, count;
        if (at.index >= PACKED_HEAD) {
            if (!json_integer(&at, 1, last - index, &distance, error))
                return false;
            at = json_next(&at);
        }
        index += (uint32_t)distance;
        if (!json_integer(&at, 1, JSON_MOST_INTEGER, &count, error))
            return false;
        histogram_add(histogram, index, (uint64_t)count);
        if (histogram->count > JSON_MOST_INTEGER)
            return json_refuse(&at, error, "more samples than can be counted");
    }
    return true;
}

/* Reads a packed histogram, as write_packed in document_print.c writes it. */
static bool read_packed(const struct json *at, struct histogram *histogram, struct error *error)
{
    int64_t min_ns, max_ns, total_ns;
    if (json_count(at) < PACKED_HEAD || json_count(at) % 2 != 0)
        return json_refuse(at, error, "expected minimum, maximum, total and count, then pairs");
    struct json min_at = json_first(at), max_at = json_next(&min_at), total_at = json_next(&max_at);
    if (!json_integer(&min_at, 0, JSON_MOST_INTEGER, &min_ns, error) ||
        !json_integer(&max_at, min_ns, JSON_MOST_INTEGER, &max_ns, error) ||
        !json_integer(&total_at, 0, (int64_t)MOST_TOTAL_NS, &total_ns, error))
        return false;
    uint32_t first = histogram_bucket((uint64_t)min_ns);
    uint32_t last = histogram_bucket((uint64_t)max_ns);
    if (!histogram_open(histogram, first, last - first + 1))
        return json_no_memory(at, error);
    if (!read_pairs(json_next(&total_at), histogram, error))
        return false;
    if (histogram->last != last)
        return json_refuse(at, error, "expected the maximum in the last bucket");
    double mean = (double)total_ns / (double)histogram->count;
    if (mean < (double)min_ns || mean > (double)max_ns)
        return json_refuse(&total_at, error, "expected a mean between the minimum and the maximum");
    histogram->min_ns = (uint64_t)min_ns;
    histogram->max_ns = (uint64_t)max_ns;
    histogram->total_ns = (uint64_t)total_ns;
    return true;
}

/* Reads a histogram, which is empty if `at` is missing. */
static bool read_histogram(const struct json *at, struct histogram *histogram, struct error *error)
{
    uint64_t count = 0, min_ns;
    int64_t max_ns;
    double mean;

    if (cJSON_IsArray(at->item))
        return read_packed(at, histogram, error);
    if (at->item && (!json_is_object(at, error) ||
                     !json_unsigned_member(at, "count", JSON_MOST_INTEGER, &count, error)))
        return false;
    if (count == 0)
        return histogram_open(histogram, 0, 0) || json_no_memory(at, error);

    struct json mean_at = json_member(at, "mean_ns"), max_at = json_member(at, "max_ns");
    if (!json_unsigned_member(at, "min_ns", JSON_MOST_INTEGER, &min_ns, error) ||
        !json_integer(&max_at, (int64_t)min_ns, JSON_MOST_INTEGER, &max_ns, error) ||
        !json_number(&mean_at, (double)min_ns, (double)max_ns, &mean, error) ||
        !check_percentiles(at, min_ns, (uint64_t)max_ns, error) ||
        !read_buckets(at, count, min_ns, (uint64_t)max_ns, histogram, error))
        return false;
    if (mean * (double)count > MOST_TOTAL_NS)
        return json_refuse(at, error, "its samples add up to more than 52 days");
    histogram->min_ns = min_ns;
    histogram->max_ns = (uint64_t)max_ns;
    histogram->total_ns = (uint64_t)llroundl((long double)mean * (long double)count);
    return check_beyond(at, histogram, error);
}

/* ---- a run ---------------------------------------------------------------------------------- */

/* Returns this build's variant that the run used; NULL if this build lacks that variant. */
static const struct variant *find_known(const struct run *run)
{
    const struct variant *variant = variant_find(run->variant);
    return variant && strcmp(variant->target, run->target) == 0 && variant->backend == run->backend
               ? variant
               : NULL;
}

static bool read_status(const struct json *object, struct run *run, struct error *error)
{
    static const char *const words[] = {"ok", "failed", "skipped", NULL};
    static const enum run_status statuses[] = {RUN_DONE, RUN_FAILED, RUN_SKIPPED};
    static const enum error_kind kinds[] = {ERROR_NONE, ERROR_RUN, ERROR_UNSUPPORTED};
    struct json at = json_member(object, "status");
    unsigned index;
    if (!json_word(&at, words, &index, error))
        return false;
    run->status = statuses[index];
    run->error.kind = kinds[index];
    return json_text_member(object, "reason", run->error.text, sizeof run->error.text, error);
}

static bool read_knobs(const struct json *object, struct run *run, struct error *error)
{
    const uint64_t needed = KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH);
    struct json used = json_member(object, "knobs"), asked = json_member(object, "knobs_asked");
    uint64_t set = 0;

    run->used = knobs_defaults();
    if (!json_knobs(&used, &run->used, &set, error))
        return false;
    if ((set & needed) != needed)
        return json_refuse(&used, error, "expected SEQ_LEN and BATCH among the knobs");
    run->asked = run->used;
    run->named = set;
    return !asked.item || json_knobs(&asked, &run->asked, &set, error);
}

/* Makes knobs that the document does not name unknown, because an older build may have lacked the
 * knob or had a different default. Affects the knobs that the variant reads and those that define
 * the workload; if this build lacks the variant, all knobs. */
static void forget_unnamed(struct run *run)
{
    const uint64_t read = run->known ? run_read_knobs(run) | run_work_knobs(run) : UINT64_MAX;
    const uint64_t unnamed = read & ~run->named;
    for (int id = 0; id < KNOB_COUNT; id++)
        if (unnamed >> id & 1)
            run->asked.value[id] = run->used.value[id] = KNOB_UNKNOWN;
}

static bool read_verification(const struct json *object, struct verification *verified,
                              struct error *error)
{
    struct json at = json_member(object, "verified");
    struct json error_at = json_member(object, "rel_l2_error");
    bool right = false;

    if (at.item && !json_boolean(&at, &right, error))
        return false;
    verified->verdict = !at.item ? VERDICT_NONE : right ? VERDICT_RIGHT : VERDICT_WRONG;
    if (!json_uint32_member(object, "sequences_checked", UINT32_MAX, &verified->checked, error) ||
        !json_uint32_member(object, "sequences_total", UINT32_MAX, &verified->total, error) ||
        !json_text_member(object, "verified_reason", verified->reason, sizeof verified->reason,
                          error))
        return false;
    if (verified->checked > verified->total)
        return json_refuse(object, error, "more sequences_checked than sequences_total");
    if (error_at.item)
        return json_number(&error_at, 0, HUGE_VAL, &verified->rel_l2_error, error);
    verified->rel_l2_error = verified->checked > 0 ? INFINITY : 0; /* JSON has no number for
                                                                      infinity */
    return true;
}

/* Reads an integer. If it is missing (in older recordings) or null, *value does not change. */
static bool read_optional(const struct json *object, const char *key, uint64_t *value,
                          struct error *error)
{
    return !json_member(object, key).item ||
           json_unsigned_member(object, key, JSON_MOST_INTEGER, value, error);
}

/* Reads members that a recording may lack because an older build did not count them, or because the
 * value was unknown. */
static bool read_extras(const struct json *object, struct run *run, struct error *error)
{
    struct json ceiling = json_member(object, "ceiling_gb_per_s");
    return document_read_model(object, &run->model, error) &&
           (!ceiling.item || json_number(&ceiling, 0, 1e9, &run->ceiling_gb_per_s, error)) &&
           read_optional(object, "steps_left_out", &run->left_out, error) &&
           read_optional(object, "iterations_stopped", &run->stopped_iterations, error) &&
           read_optional(object, "floor_ns", &run->floor_ns, error) &&
           read_optional(object, "iteration_floor_ns", &run->iteration_floor_ns, error) &&
           read_optional(object, "prefill_bytes", &run->facts.prefill_bytes, error) &&
           json_optional_uint32(object, "in_flight_most", UINT32_MAX, &run->in_flight_most, error);
}

bool document_read_model(const struct json *object, struct run_model *model, struct error *error)
{
    return json_text_member(object, "model_name", model->name, sizeof model->name, error) &&
           json_text_member(object, "model_hash", model->hash, sizeof model->hash, error);
}

static bool read_facts(const struct json *object, struct run *run, struct error *error)
{
    struct facts *facts = &run->facts;
    return json_uint32_member(object, "programs", UINT32_MAX, &facts->programs, error) &&
           json_uint32_member(object, "launches_per_iteration", UINT32_MAX,
                              &facts->launches_per_iteration, error) &&
           json_uint32_member(object, "graph_nodes", UINT32_MAX, &facts->graph_nodes, error) &&
           json_boolean_member(object, "free_running", &facts->free_running, error) &&
           json_unsigned_member(object, "stamp_error_ns", JSON_MOST_INTEGER, &facts->stamp_error_ns,
                                error) &&
           json_unsigned_member(object, "step_bytes", JSON_MOST_INTEGER, &run->step_bytes, error) &&
           json_unsigned_member(object, "step_flops", JSON_MOST_INTEGER, &run->step_flops, error);
}

static bool read_graph_path(const struct json *object, enum graph_path *path, struct error *error)
{
    struct json at = json_member(object, "graph_path");
    if (!at.item)
        return true;
    unsigned index;
    if (!json_word(&at, document_graph_paths, &index, error))
        return false;
    *path = (enum graph_path)(GRAPH_PATH_FULL + index);
    return true;
}

/* Reads "graph", which is missing if the variant uses no CUDA graph. */
static bool read_graph(const struct json *object, struct graph_facts *graph, struct error *error)
{
    return read_graph_path(object, &graph->path, error) &&
           json_optional_boolean(object, "graph_updated", &graph->updated, error) &&
           read_optional(object, "graph_capture_ns", &graph->capture_ns, error) &&
           read_optional(object, "graph_instantiate_ns", &graph->instantiate_ns, error) &&
           read_optional(object, "graph_first_replay_ns", &graph->first_replay_ns, error) &&
           read_optional(object, "graph_replay_ns", &graph->replay_ns, error);
}

static bool read_process(const struct json *at, struct run *run, struct error *error)
{
    struct process process = {0};
    return json_is_object(at, error) &&
           json_string_member(at, "id", process.id, sizeof process.id, error) &&
           json_optional_uint32(at, "round", UINT32_MAX, &process.round, error) &&
           json_optional_uint32(at, "place", UINT32_MAX, &process.place, error) &&
           json_unsigned_member(at, "iterations", JSON_MOST_INTEGER, &process.iterations, error) &&
           json_unsigned_member(at, "p50_ns", JSON_MOST_INTEGER, &process.p50_ns, error) &&
           (run_add_process(run, &process) || json_no_memory(at, error));
}

/* Reads "processes". If it is missing, the document's process measured the run. */
static bool read_processes(const struct json *object, struct run *run, struct error *error)
{
    struct json list = json_member(object, "processes");
    if (!list.item)
        return true;
    if (!json_is_list_of(&list, "processes", 0, DOCUMENT_PROCESSES, error))
        return false;
    for (struct json at = json_first(&list); at.item; at = json_next(&at))
        if (!read_process(&at, run, error))
            return false;
    return true;
}

static bool read_run(const struct json *at, struct run *run, struct error *error)
{
    if (!json_is_object(at, error) ||
        !json_string_member(at, "variant", run->variant, sizeof run->variant, error) ||
        !json_string_member(at, "target", run->target, sizeof run->target, error) ||
        !json_word_member(at, "backend", backend_names, &run->backend, error) ||
        !read_status(at, run, error) || !read_knobs(at, run, error) ||
        !read_verification(at, &run->verification, error) || !read_facts(at, run, error) ||
        !read_extras(at, run, error) || !read_graph(at, &run->facts.graph, error) ||
        !read_processes(at, run, error) || !document_read_telemetry(at, &run->telemetry, error) ||
        !document_read_phases(at, &run->breakdown, error) ||
        !document_read_operations(at, &run->operations, error) ||
        !document_read_ledger(at, run, error))
        return false;
    run->known = find_known(run);
    forget_unnamed(run);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        struct json histogram = json_member(at, metric_keys[metric]);
        if (!read_histogram(&histogram, &run->histograms[metric], error))
            return false;
    }
    return document_read_traces(at, run, error);
}

/* ---- the document --------------------------------------------------------------------------- */

/* Reads "recorded": whether the document was written from a recording, and from which. If it is
 * missing, it was not. */
static bool read_recorded(const struct json *root, struct document *document, struct error *error)
{
    return json_optional_boolean(root, "recorded", &document->recorded, error) &&
           (!document->recorded ||
            json_string_member(root, "recorded_run_id", document->recorded_run_id,
                               sizeof document->recorded_run_id, error));
}

/* Reads how far buckets were merged. If the member is missing, they were not merged. */
static bool read_octave_buckets(const struct json *root, struct document *document,
                                struct error *error)
{
    struct json at = json_member(root, "octave_buckets");
    int64_t buckets = 0;
    if (at.item && !json_integer(&at, 1, UINT32_MAX, &buckets, error))
        return false;
    document->octave_buckets = (uint32_t)buckets;
    return true;
}

/* Reads "order". If it is missing, the runs were not measured in rounds. */
static bool read_order(const struct json *root, struct document *document, struct error *error)
{
    struct json at = json_member(root, "order");
    if (!at.item)
        return true;
    return json_is_object(&at, error) &&
           json_unsigned_member(&at, "seed", JSON_MOST_INTEGER, &document->order_seed, error) &&
           json_uint32_member(&at, "rounds", UINT32_MAX, &document->rounds, error);
}

static bool read_head(const struct json *root, struct document *document, struct error *error)
{
    struct json build = json_member(root, "pdlab"), device_at = json_member(root, "device");
    struct device_info *device = &document->device;

    return json_string_member(root, "run_id", document->run_id, sizeof document->run_id, error) &&
           json_string_member(root, "recorded_utc", document->recorded_utc,
                              sizeof document->recorded_utc, error) &&
           json_text_member(root, "process", document->process, sizeof document->process, error) &&
           read_order(root, document, error) && read_recorded(root, document, error) &&
           read_octave_buckets(root, document, error) && json_is_object(&build, error) &&
           json_string_member(&build, "version", document->version, sizeof document->version,
                              error) &&
           json_text_member(&build, "git_revision", document->git_revision,
                            sizeof document->git_revision, error) &&
           json_is_object(&device_at, error) &&
           json_word_member(&device_at, "backend", backend_names, &device->backend, error) &&
           json_text_member(&device_at, "id", device->id, sizeof device->id, error) &&
           json_string_member(&device_at, "name", device->name, sizeof device->name, error) &&
           json_text_member(&device_at, "driver", device->driver, sizeof device->driver, error) &&
           json_text_member(&device_at, "isa", device->isa, sizeof device->isa, error) &&
           json_uint32_member(&device_at, "units", UINT32_MAX, &device->units, error) &&
           json_unsigned_member(&device_at, "memory_free_bytes", JSON_MOST_INTEGER,
                                &device->memory_free_bytes, error) &&
           json_optional_uint32(&device_at, "sm_clock_mhz", UINT32_MAX, &device->sm_clock_mhz,
                                error);
}

/* If a run names no process, the document's process measured it. pdlab.run/1 does not name the
 * document's process, so the run_id serves as its name. */
static bool name_process(struct run *run, const struct document *document, const struct json *at,
                         struct error *error)
{
    const struct histogram *histogram = &run->histograms[run_decode_metric(run)];
    struct process process = {.iterations = histogram->count,
                              .p50_ns = histogram_percentile(histogram, 0.5)};
    run->noise = document->noise.processes > 0 ? document->noise : noise_assumed(run->backend);
    if (run->process_count > 0 || histogram->count == 0)
        return true;
    snprintf(process.id, sizeof process.id, "%s",
             *document->process   ? document->process
             : document->recorded ? document->recorded_run_id
                                  : document->run_id);
    return run_add_process(run, &process) || json_no_memory(at, error);
}

/* Reads the device's ceilings and noise. A missing member is unknown. */
static bool read_measured(const struct json *root, struct document *document, struct error *error)
{
    struct json ceilings = json_member(root, "ceilings"), noise = json_member(root, "noise");
    return (!ceilings.item ||
            ceilings_read_json(&ceilings, document->device.backend, &document->ceilings, error)) &&
           (!noise.item || noise_read_json(&noise, &document->noise, error));
}

static bool read_runs(const struct json *root, struct document *document, struct error *error)
{
    struct json list = json_member(root, "runs");
    struct json common = json_member(root, "common");
    if (!json_is_list_of(&list, "runs", 0, DOCUMENT_MOST_RUNS, error) ||
        !document_common_read(&common, &list, error))
        return false;
    const size_t count = json_count(&list);
    document->runs = calloc(count ? count : 1, sizeof *document->runs);
    if (!document->runs)
        return json_no_memory(&list, error);
    document->count = count;
    for (struct json at = json_first(&list); at.item; at = json_next(&at)) {
        struct run *run = &document->runs[at.index];
        run->version = at.index + 1;
        if (!read_run(&at, run, error) || !name_process(run, document, &at, error))
            return false;
    }
    return true;
}

bool document_parse_part(const struct json *root, struct document *document, struct error *error)
{
    *document = (struct document){0};
    static const char *const schemas[] = {DOCUMENT_SCHEMA, DOCUMENT_SCHEMA_1, NULL};
    bool read = json_is_object(root, error) && json_schema(root, schemas, error) >= 0 &&
                read_head(root, document, error) && read_measured(root, document, error) &&
                read_runs(root, document, error);
    if (!read)
        document_free(document);
    return read;
}

bool document_parse(const char *text, size_t length, const char *name, struct document *document,
                    struct error *error)
{
    *document = (struct document){0};
    if (length > DOCUMENT_MOST_BYTES) {
        char size[32], most[32];
        return error_set(error, ERROR_INPUT, "%s has %s bytes; at most %s are accepted", name,
                         text_integer(size, sizeof size, (int64_t)length),
                         text_integer(most, sizeof most, DOCUMENT_MOST_BYTES));
    }
    struct json root;
    bool read =
        json_parse(text, length, name, &root, error) && document_parse_part(&root, document, error);
    json_free(&root);
    return read;
}
