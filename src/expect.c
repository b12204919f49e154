#include "expect.h"

#include "files.h"
#include "fold.h"
#include "json.h"
#include "knobs.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define EXPECT_SCHEMA         "pdlab.expect/1"
#define EXPECT_MOST_BYTES     (UINT64_C(1) << 20)
#define EXPECT_MOST_TOLERANCE 1.0
#define CELL                  24u
#define REASON_ROOM           192u

/* Knobs that say how long is measured, and not what. */
#define LENGTH_KNOBS (KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

/* ---- reading -------------------------------------------------------------------------------- */

static bool check_keys(const struct json *object, const char *const *keys, struct error *error)
{
    for (struct json at = json_first(object); at.item; at = json_next(&at)) {
        const char *nearest = text_nearest(at.key, keys);
        if (!nearest || strcmp(nearest, at.key) != 0)
            return json_refuse_key(&at, error, "there is no such key in expectations%s%s",
                                   nearest ? "; the nearest is " : "", nearest ? nearest : "");
    }
    return true;
}

static bool read_entry(const struct json *at, struct expectation *entry, struct error *error)
{
    static const char *const keys[] = {"variant", "knobs", "iteration_p50_ns", "tolerance", NULL};
    if (!json_is_object(at, error) || !check_keys(at, keys, error) ||
        !json_string_member(at, "variant", entry->variant, sizeof entry->variant, error))
        return false;
    struct json knobs = json_member(at, "knobs"), p50 = json_member(at, "iteration_p50_ns");
    struct json tolerance = json_member(at, "tolerance");
    int64_t p50_ns;
    if ((knobs.item && !json_knobs(&knobs, &entry->knobs, &entry->knobs_set, error)) ||
        !json_integer(&p50, 1, (int64_t)HISTOGRAM_MOST_NS, &p50_ns, error))
        return false;
    entry->iteration_p50_ns = (uint64_t)p50_ns;
    entry->tolerance = EXPECT_TOLERANCE;
    return !tolerance.item ||
           json_number(&tolerance, 0, EXPECT_MOST_TOLERANCE, &entry->tolerance, error);
}

static bool read_entries(const struct json *list, struct expectations *expectations,
                         struct error *error)
{
    if (!json_is_array(list, error))
        return false;
    size_t count = json_count(list);
    if (count == 0 || count > EXPECT_MOST)
        return json_refuse(list, error, "%zu entries; 1 to %u are accepted", count, EXPECT_MOST);
    expectations->entries = calloc(count, sizeof *expectations->entries);
    if (!expectations->entries)
        return error_set(error, ERROR_RUN, "no memory for %zu expectations", count);
    for (struct json at = json_first(list); at.item; at = json_next(&at)) {
        if (!read_entry(&at, &expectations->entries[at.index], error))
            return false;
        expectations->count++;
    }
    return true;
}

static bool read_expectations(const struct json *root, struct expectations *expectations,
                              struct error *error)
{
    static const char *const keys[] = {"schema", "device", "expect", NULL};
    struct json schema = json_member(root, "schema"), device = json_member(root, "device");
    struct json list = json_member(root, "expect");
    if (!cJSON_IsString(schema.item) || strcmp(schema.item->valuestring, EXPECT_SCHEMA) != 0)
        return json_expected(&schema, "\"" EXPECT_SCHEMA "\"", error);
    if (!check_keys(root, keys, error))
        return false;
    /* The device may stand here as it does in a pdlab.run/2; its name is what counts. */
    if (device.item && (!json_is_object(&device, error) ||
                        !json_string_member(&device, "name", expectations->device,
                                            sizeof expectations->device, error)))
        return false;
    return read_entries(&list, expectations, error);
}

bool expect_parse(const char *text, size_t length, const char *name,
                  struct expectations *expectations, struct error *error)
{
    *expectations = (struct expectations){0};
    cJSON *tree = json_parse(text, length, name, error);
    if (!tree)
        return false;
    struct json root = json_root(tree, name, text);
    bool read = read_expectations(&root, expectations, error);
    if (!read)
        expect_free(expectations);
    cJSON_Delete(tree);
    return read;
}

bool expect_read(const char *path, struct expectations *expectations, struct error *error)
{
    char *text;
    size_t length;
    *expectations = (struct expectations){0};
    if (!file_read(path, EXPECT_MOST_BYTES, &text, &length, error))
        return false;
    bool read = expect_parse(text, length, path, expectations, error);
    free(text);
    return read;
}

void expect_free(struct expectations *expectations)
{
    free(expectations->entries);
    *expectations = (struct expectations){0};
}

/* ---- judging -------------------------------------------------------------------------------- */

/* The first knob in which the run is not as expected; KNOB_COUNT: none. `auto` is met by `auto`,
 * and a value by what `auto` came to. */
static enum knob_id differing_knob(const struct expectation *entry, const struct run *run)
{
    uint64_t named =
        entry->knobs_set & ~LENGTH_KNOBS & (run->known ? run->known->knobs : UINT64_MAX);
    for (int id = 0; id < KNOB_COUNT; id++) {
        int64_t value = entry->knobs.value[id];
        if ((named >> id & 1) && value != run->asked.value[id] && value != run->used.value[id])
            return (enum knob_id)id;
    }
    return KNOB_COUNT;
}

static const struct run *find_run(const struct expectation *entry, const struct run *runs,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(runs[i].variant, entry->variant) == 0)
            return &runs[i];
    return NULL;
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
    double most_ns = (double)entry->iteration_p50_ns * (1 + entry->tolerance);
    if (histogram_is_beyond(iterations, 0.5) || (double)histogram_median(iterations) > most_ns)
        return EXPECT_SLOWER;
    return (*run)->verification.verdict == VERDICT_RIGHT ? EXPECT_MET : EXPECT_UNVERIFIED;
}

/* Why an entry is not about what was run: "run with SEQ_LEN 32, not 64". */
static void describe_knobs(const struct expectation *entry, const struct run *run, char *text,
                           size_t size)
{
    char expected[64], used[64];
    enum knob_id id = differing_knob(entry, run);
    knob_format(id, entry->knobs.value[id], expected, sizeof expected);
    knob_format(id, run->used.value[id], used, sizeof used);
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
            describe_knobs(entry, run, reason, sizeof reason);
        else
            snprintf(reason, sizeof reason, "skipped here");
    }
    text_quote(name, sizeof name, expectations->entries[0].variant);
    return error_set(error, ERROR_INPUT,
                     "%s: none of its %zu expectations is about this run; the first: %s is %s",
                     path, expectations->count, name, reason);
}

/* ---- printing ------------------------------------------------------------------------------- */

static void print_verdict(FILE *out, const struct expectation *entry, const struct run *run,
                          enum expect_verdict verdict, double ratio)
{
    char reason[REASON_ROOM];
    switch (verdict) {
    case EXPECT_MET:
        fprintf(out, "met (%.3g of the expected)\n", ratio);
        break;
    case EXPECT_SLOWER:
        fprintf(out, "SLOWER (%.3g of the expected)\n", ratio);
        break;
    case EXPECT_UNVERIFIED:
        fprintf(out, "not met: its output is %s\n",
                run->verification.verdict == VERDICT_WRONG ? "wrong" : "unverified");
        break;
    case EXPECT_UNMEASURED:
        fprintf(out, "not met: %s\n",
                run->status == RUN_SKIPPED  ? "skipped"
                : run->status == RUN_FAILED ? "failed"
                                            : "not measured");
        break;
    case EXPECT_OTHER_KNOBS:
        describe_knobs(entry, run, reason, sizeof reason);
        fprintf(out, "not met: %s\n", reason);
        break;
    case EXPECT_NOT_RUN:
        fputs("not met: not run\n", out);
        break;
    }
}

static void print_row(FILE *out, int name_width, const struct expectation *entry,
                      const struct run *run, enum expect_verdict verdict)
{
    char expected[CELL], measured[CELL] = "-", tolerance[CELL];
    double ratio = 0;
    text_duration(expected, sizeof expected, (double)entry->iteration_p50_ns);
    snprintf(tolerance, sizeof tolerance, "%.3g %%", entry->tolerance * 100);
    if (verdict <= EXPECT_UNVERIFIED) {
        double p50 = (double)histogram_percentile(&run->histograms[METRIC_ITERATION], 0.5);
        text_duration(measured, sizeof measured, p50);
        ratio = p50 / (double)entry->iteration_p50_ns;
    }
    fprintf(out, "%-*s %9s %9s %9s  ", name_width, entry->variant, expected, tolerance, measured);
    print_verdict(out, entry, run, verdict, ratio);
}

size_t expect_print(FILE *out, const struct expectations *expectations, const char *device,
                    const struct run *runs, size_t count)
{
    size_t slower = 0;
    int name_width = (int)strlen("variant");
    for (size_t i = 0; i < expectations->count; i++) {
        int length = (int)strlen(expectations->entries[i].variant);
        name_width = length > name_width ? length : name_width;
    }
    if (*expectations->device && strcmp(expectations->device, device) != 0) {
        char line[256];
        snprintf(line, sizeof line, "expected of another device, %s; this is %s",
                 expectations->device, *device ? device : "unknown");
        fold_print(out, 0, 0, line);
    }
    fprintf(out, "%-*s %9s %9s %9s  %s\n", name_width, "variant", "expected", "tolerance",
            "measured", "verdict of the iteration's p50");
    for (size_t i = 0; i < expectations->count; i++) {
        const struct expectation *entry = &expectations->entries[i];
        const struct run *run;
        enum expect_verdict verdict = expect_judge(entry, runs, count, &run);
        print_row(out, name_width, entry, run, verdict);
        slower += verdict == EXPECT_SLOWER;
    }
    return slower;
}
