#include "expect.h"

#include "../base/files.h"
#include "../base/json_words.h"
#include "../base/text.h"
#include "../engine/json_knobs.h"
#include "../engine/knobs.h"
#include "document.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT_SCHEMA_1       "pdlab.expect/1"
#define EXPECT_MOST_BYTES     (UINT64_C(1) << 20)
#define EXPECT_MOST_TOLERANCE 1.0
#define EXPECT_MOST_SPREAD    10.0
#define EXPECT_MOST_PROCESSES 4096
#define REASON_ROOM           192u

/* ---- reading -------------------------------------------------------------------------------- */

/* Reads how far processes vary. Both members may be missing, but "spread" requires "processes". */
static bool read_spread(const struct json *at, struct expectation *entry, struct error *error)
{
    struct json spread = json_member(at, "spread"), processes = json_member(at, "processes");
    int64_t count = 0;
    if (processes.item &&
        !json_integer(&processes, spread.item ? 2 : 1, EXPECT_MOST_PROCESSES, &count, error))
        return false;
    if (!spread.item)
        return true;
    if (!processes.item)
        return json_expected(&processes, "the number of processes that the spread comes from",
                             error);
    entry->processes = (uint32_t)count;
    return json_number(&spread, 0, EXPECT_MOST_SPREAD, &entry->spread, error);
}

static bool read_entry(const struct json *at, bool is_first, struct expectation *entry,
                       struct error *error)
{
    static const char *const keys_1[] = {"variant", "knobs", "iteration_p50_ns", "tolerance", NULL};
    static const char *const keys[] = {
        "variant",   "knobs",  "model_name", "model_hash", "iteration_p50_ns",
        "tolerance", "spread", "processes",  NULL};
    if (!json_is_object(at, error) ||
        !json_check_keys(at, "expectations", is_first ? keys_1 : keys, error) ||
        !json_string_member(at, "variant", entry->variant, sizeof entry->variant, error))
        return false;
    struct json knobs = json_member(at, "knobs"), p50 = json_member(at, "iteration_p50_ns");
    struct json tolerance = json_member(at, "tolerance");
    int64_t p50_ns;
    if ((knobs.item && !json_knobs(&knobs, &entry->knobs, &entry->knobs_set, error)) ||
        !json_integer(&p50, 1, (int64_t)HISTOGRAM_MOST_NS, &p50_ns, error))
        return false;
    entry->iteration_p50_ns = (uint64_t)p50_ns;
    entry->of_decode = !is_first;
    entry->tolerance = EXPECT_TOLERANCE;
    return document_read_model(at, &entry->model, error) && read_spread(at, entry, error) &&
           (!tolerance.item ||
            json_number(&tolerance, 0, EXPECT_MOST_TOLERANCE, &entry->tolerance, error));
}

static bool read_entries(const struct json *list, bool is_first, struct expectations *expectations,
                         struct error *error)
{
    if (!json_is_list_of(list, "entries", 1, EXPECT_MOST, error))
        return false;
    const size_t count = json_count(list);
    expectations->entries = calloc(count, sizeof *expectations->entries);
    if (!expectations->entries)
        return error_set(error, ERROR_RUN, "no memory for %zu expectations", count);
    for (struct json at = json_first(list); at.item; at = json_next(&at)) {
        if (!read_entry(&at, is_first, &expectations->entries[at.index], error))
            return false;
        expectations->count++;
    }
    return true;
}

static bool read_expectations(const struct json *root, struct expectations *expectations,
                              struct error *error)
{
    static const char *const keys[] = {"schema", "device", "expect", NULL};
    static const char *const schemas[] = {EXPECT_SCHEMA, EXPECT_SCHEMA_1, NULL};
    struct json device = json_member(root, "device"), list = json_member(root, "expect");
    const int schema = json_schema(root, schemas, error);
    if (schema < 0 || !json_check_keys(root, "expectations", keys, error))
        return false;
    /* The device may be an object as in a pdlab.run/2. Only its name matters. */
    if (device.item && (!json_is_object(&device, error) ||
                        !json_string_member(&device, "name", expectations->device,
                                            sizeof expectations->device, error)))
        return false;
    return read_entries(&list, schema == 1, expectations, error);
}

bool expect_parse(const char *text, size_t length, const char *name,
                  struct expectations *expectations, struct error *error)
{
    *expectations = (struct expectations){0};
    struct json root;
    bool read = json_parse(text, length, name, &root, error) &&
                read_expectations(&root, expectations, error);
    if (!read)
        expect_free(expectations);
    json_free(&root);
    return read;
}

bool expect_read(const char *path, struct expectations *expectations, struct error *error)
{
    char *text = NULL;
    size_t length;
    *expectations = (struct expectations){0};
    bool read = file_read(path, EXPECT_MOST_BYTES, &text, &length, error) &&
                expect_parse(text, length, path, expectations, error);
    free(text);
    return read;
}

void expect_free(struct expectations *expectations)
{
    free(expectations->entries);
    *expectations = (struct expectations){0};
}

/* ---- judging -------------------------------------------------------------------------------- */

/* Returns the first knob in which the run differs from the expectation; KNOB_MODEL if only the
 * model hashes differ; KNOB_COUNT if nothing differs. An expected `auto` matches only `auto`; an
 * expected value also matches the value that `auto` resolved to. */
static enum knob_id differing_knob(const struct expectation *entry, const struct run *run)
{
    uint64_t named =
        entry->knobs_set & ~EXPECT_LENGTH_KNOBS & (run->known ? run->known->knobs : UINT64_MAX);
    for (int id = 0; id < KNOB_COUNT; id++) {
        int64_t value = entry->knobs.value[id];
        if ((named >> id & 1) && value != run->asked.value[id] && value != run->used.value[id])
            return (enum knob_id)id;
    }
    return strcmp(entry->model.hash, run->model.hash) == 0 ? KNOB_COUNT : KNOB_MODEL;
}

static const struct run *find_run(const struct expectation *entry, const struct run *runs,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(runs[i].variant, entry->variant) == 0)
            return &runs[i];
    return NULL;
}

/* Returns the expected median as evidence. Its variance is the spread between the processes that it
 * comes from; 0 if that is unknown or `with_spread` is false. */
static struct evidence expected_evidence(const struct expectation *entry, bool with_spread)
{
    const bool spread = with_spread && entry->processes > 1;
    return (struct evidence){
        .units = spread ? entry->processes : 1,
        .mean = log((double)entry->iteration_p50_ns),
        .variance = spread ? entry->spread * entry->spread : 0,
    };
}

/* Returns the evidence about the run's median. If there are too few processes to know their spread,
 * the device's noise replaces it. */
static struct evidence measured_evidence(const struct expectation *entry, const struct run *run)
{
    const bool same_metric = entry->of_decode || run_decode_metric(run) == METRIC_ITERATION;
    const uint64_t p50_ns = histogram_percentile(&run->histograms[METRIC_ITERATION], 0.5);
    struct evidence evidence = run_evidence(run);
    if (same_metric && evidence.units >= EVIDENCE_LEAST)
        return evidence;
    evidence.noise.sigma /= sqrt(fmax(evidence.units, 1));
    if (!same_metric)
        evidence.mean = log(fmax((double)p50_ns, 1));
    evidence.units = 1;
    evidence.variance = 0;
    return evidence;
}

struct expect_ratio expect_ratio(const struct expectation *entry, const struct run *run)
{
    const struct evidence measured = measured_evidence(entry, run);
    const struct evidence expected = expected_evidence(entry, measured.units >= EVIDENCE_LEAST);
    const struct difference difference = evidence_compare(&measured, &expected);
    return (struct expect_ratio){
        .value = exp(difference.value),
        .low = exp(difference.value - difference.half),
        .high = exp(difference.value + difference.half),
        .half = evidence_half_width(&measured),
    };
}

enum expect_verdict expect_judge(const struct expectation *entry, const struct run *runs,
                                 size_t count, const struct run **run)
{
    *run = find_run(entry, runs, count);
    if (!*run)
        return EXPECT_NOT_RUN;
    if (differing_knob(entry, *run) < KNOB_COUNT)
        return EXPECT_OTHER_KNOBS;
    const struct histogram *iterations = &(*run)->histograms[METRIC_ITERATION];
    if (iterations->count == 0)
        return EXPECT_UNMEASURED;
    if (histogram_is_beyond(iterations, 0.5) ||
        expect_ratio(entry, *run).low > 1 + entry->tolerance)
        return EXPECT_SLOWER;
    return (*run)->verification.verdict == VERDICT_RIGHT ? EXPECT_MET : EXPECT_UNVERIFIED;
}

void expect_describe_knobs(const struct expectation *entry, const struct run *run, char *text,
                           size_t size)
{
    char expected[64], used[64];
    enum knob_id id = differing_knob(entry, run);
    knob_format(id, entry->knobs.value[id], expected, sizeof expected);
    knob_format(id, run->used.value[id], used, sizeof used);
    if (id == KNOB_MODEL && (entry->model.hash[0] || run->model.hash[0])) {
        run_model_text(&entry->model, expected, sizeof expected);
        run_model_text(&run->model, used, sizeof used);
    }
    snprintf(text, size, "run with %s %s, not %s", knob_table[id].name, used, expected);
}

bool expect_applies(const struct expectations *expectations, const struct run *runs, size_t count,
                    const char *path, struct error *error)
{
    char reason[REASON_ROOM] = "", name[64];
    for (size_t i = 0; i < expectations->count; i++) {
        const struct expectation *entry = &expectations->entries[i];
        const struct run *run;
        enum expect_verdict verdict = expect_judge(entry, runs, count, &run);
        if (verdict < EXPECT_OTHER_KNOBS && run->status != RUN_SKIPPED)
            return true;
        if (i > 0)
            continue;
        if (verdict == EXPECT_NOT_RUN)
            snprintf(reason, sizeof reason, "not among the variants of this run");
        else if (verdict == EXPECT_OTHER_KNOBS)
            expect_describe_knobs(entry, run, reason, sizeof reason);
        else
            snprintf(reason, sizeof reason, "skipped here");
    }
    text_quote(name, sizeof name, expectations->entries[0].variant);
    return error_set(error, ERROR_INPUT,
                     "%s: none of its %zu expectations matches this run; the first: %s is %s", path,
                     expectations->count, name, reason);
}
