#include "../base/files.h"
#include "../base/fold.h"
#include "../engine/knobs.h"
#include "document.h"
#include "expect.h"

#include <math.h>

#define LINE_ROOM 256u
#define DIGITS    1e6 /* a spread is rounded to a multiple of 1 / DIGITS */

/* Returns why a run cannot become an expectation; NULL if it can. */
static const char *reason_of(const struct run *run)
{
    if (run->status == RUN_SKIPPED)
        return "skipped";
    if (run->status == RUN_FAILED)
        return "failed";
    if (run->histograms[METRIC_ITERATION].count == 0)
        return "not measured";
    if (run->verification.verdict == VERDICT_WRONG)
        return "wrong";
    return run->verification.verdict == VERDICT_NONE ? "unverified" : NULL;
}

static void write_entry(struct json_writer *json, const struct run *run)
{
    const struct evidence evidence = run_evidence(run);
    json_open_line(json, 2, NULL, '{');
    json_write_string(json, "variant", run->variant);
    /* Write the knobs as requested, because each device resolves `auto` differently. */
    document_write_knobs(json, "knobs", &run->asked, run_read_knobs(run) & ~EXPECT_LENGTH_KNOBS);
    document_write_model(json, &run->model);
    json_write_integer(json, "iteration_p50_ns", llround(exp(evidence.mean)));
    if (evidence.units > 1)
        json_write_number(json, "spread", round(sqrt(evidence.variance) * DIGITS) / DIGITS);
    json_write_integer(json, "processes", evidence.units);
    json_write_number(json, "tolerance", EXPECT_TOLERANCE);
    json_close(json, '}');
}

static char *print_expectations(const char *device, const struct run *runs, size_t count,
                                size_t *length)
{
    struct json_writer json = {0};
    json_open(&json, NULL, '{');
    json_write_string(&json, "schema", EXPECT_SCHEMA);
    json_open_line(&json, 1, "device", '{');
    json_write_string(&json, "name", device);
    json_close(&json, '}');
    json_open_line(&json, 1, "expect", '[');
    for (size_t i = 0; i < count; i++)
        if (!reason_of(&runs[i]))
            write_entry(&json, &runs[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    return json_writer_finish(&json, length);
}

bool expect_write(FILE *out, const char *path, const char *device, const struct run *runs,
                  size_t count, struct error *error)
{
    char line[LINE_ROOM];
    size_t written = 0, length;
    for (size_t i = 0; i < count; i++) {
        const char *reason = reason_of(&runs[i]);
        written += !reason;
        if (!reason)
            continue;
        snprintf(line, sizeof line, "no expectation for %s: %s", runs[i].variant, reason);
        fold_print(out, 0, 0, line);
    }
    if (written == 0)
        return error_set(error, ERROR_RUN,
                         "no variant was measured and verified: %s is not written", path);
    char *text = print_expectations(device, runs, count, &length);
    return file_write_text(path, text, length, error);
}
