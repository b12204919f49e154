/*
 * command_run.c - pdlab run: measures variants one after the other and writes what came of it.
 */
#include "../kernels/clock.h"
#include "commands.h"
#include "csv.h"
#include "expect.h"
#include "files.h"
#include "fold.h"
#include "measure.h"
#include "nsight.h"
#include "outputs.h"
#include "profile.h"
#include "progress.h"
#include "report.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_DEFAULT "artifacts"
#define PATH_ROOM   4096u

/* ---- progress ------------------------------------------------------------------------------- */

/* What the line of progress needs beside what the child tells. */
static struct {
    uint64_t duration_ns;
    bool until_stable;
} progress;

/* How much longer the selected variant will take to record, in seconds; negative: not known yet. */
static double estimate_left_s(const struct run *run, const struct isolate_progress *reached)
{
    if (reached->recording_ns == 0 || reached->iterations < 2)
        return progress.duration_ns > 0 && !progress.until_stable
                   ? (double)progress.duration_ns * 1e-9
                   : -1;
    double taken_s = (double)(clock_now() - reached->recording_ns) * 1e-9;
    double left_s = INFINITY;
    if (progress.duration_ns > 0)
        left_s = (double)measure_time_left(progress.duration_ns, reached->recording_ns) * 1e-9;
    if (run->used.iterations > 0) {
        double left = (double)run->used.iterations - (double)reached->iterations;
        left_s = fmin(left_s, taken_s * left / (double)(reached->iterations - 1));
    }
    if (progress.until_stable) {
        /* The interval narrows with the root of the number of samples. */
        double excess = reached->median_error / MEASURE_STABLE;
        left_s = fmin(left_s, taken_s * (excess * excess - 1));
    }
    return fmax(left_s, 0);
}

/* Variants whose turn has not come. */
static uint32_t count_later(const struct isolate *isolate, uint32_t index)
{
    uint32_t later = 0;
    for (uint32_t i = index + 1; i < isolate->count; i++)
        later += isolate->runs[i].status != RUN_SKIPPED;
    return later;
}

static void show_progress(const struct isolate *isolate, uint32_t index)
{
    const struct run *run = &isolate->runs[index];
    const struct isolate_progress *reached = &isolate->progress[index];
    char left[48], asked[32] = "", more[32] = "";
    const uint32_t later = count_later(isolate, index);
    if (!progress_due())
        return;
    text_time_left(left, sizeof left, estimate_left_s(run, reached));
    if (run->used.iterations > 0)
        snprintf(asked, sizeof asked, " of %lld", (long long)run->used.iterations);
    if (later > 0)
        snprintf(more, sizeof more, ", then %u more", later);
    progress_show("%s: %llu%s iterations, %s%s", run->variant,
                  (unsigned long long)reached->iterations, asked, left, more);
}

/* ---- documents ------------------------------------------------------------------------------ */

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* Standard output holds a document and nothing else. */
static bool prints_document(const struct options *options)
{
    return is_stdout(options->json) || is_stdout(options->csv) || is_stdout(options->record);
}

/* The folder for artifacts; NULL: none are written. */
static const char *artifact_folder(const struct options *options)
{
    if (!options->out)
        return prints_document(options) ? NULL : OUT_DEFAULT;
    return strcmp(options->out, "none") == 0 ? NULL : options->out;
}

/* A document of the same runs without their stamps, which make up most of its length. `bare` has
 * room for the runs and borrows from them. */
static struct document without_stamps(const struct document *document, struct run *bare)
{
    struct document summary = *document;
    for (size_t i = 0; i < document->count; i++) {
        bare[i] = document->runs[i];
        bare[i].typical = (struct trace){0};
        bare[i].slowest = (struct trace){0};
    }
    summary.runs = bare;
    return summary;
}

/* What becomes of the artifacts. Once one could not be written, no other is tried. */
struct artifacts {
    const char *folder; /* NULL: none are asked for */
    struct error error;
};

/* Writes <folder>/<run_id>/<name>.json. */
static void write_artifact(struct artifacts *artifacts, const struct document *document,
                           const char *name)
{
    char path[PATH_ROOM];
    if (!artifacts->folder || artifacts->error.kind != ERROR_NONE)
        return;
    snprintf(path, sizeof path, "%s/%s/%s.json", artifacts->folder, document->run_id, name);
    document_write(document, path, &artifacts->error);
}

/* Writes a variant's, unless it was interrupted before there was anything to tell. */
static void write_run(struct artifacts *artifacts, const struct document *document, size_t index)
{
    struct document single = *document;
    single.runs = &document->runs[index];
    single.count = 1;
    if (single.runs->status >= RUN_DONE || single.runs->histograms[METRIC_ITERATION].count > 0)
        write_artifact(artifacts, &single, single.runs->variant);
}

/* Writes those of --json, --csv and --record that go to standard output (`printed`), or the others;
 * each mistake has its line. Returns the exit status. */
static int write_documents(const struct options *options, const struct document *document,
                           const struct document *summary, bool printed)
{
    const char *json = options->json, *csv = options->csv, *record = options->record;
    struct error error = {0};
    size_t bytes;
    int status = 0;
    if (json && file_is_stdout(json) == printed && !document_write(summary, json, &error))
        status = command_fail(&error);
    if (csv && file_is_stdout(csv) == printed && !csv_write(document, csv, &error))
        status = command_fail(&error);
    if (record && file_is_stdout(record) == printed &&
        !document_write_recording(document, record, &bytes, &error))
        status = command_fail(&error);
    return status;
}

/* Writes the last of the artifacts. Returns the exit status. */
static int write_summary(const struct options *options, struct artifacts *artifacts,
                         const struct document *summary)
{
    char shown[PATH_ROOM];
    write_artifact(artifacts, summary, "summary");
    if (artifacts->error.kind != ERROR_NONE)
        return command_fail(&artifacts->error);
    if (artifacts->folder && !prints_document(options))
        printf("written to %s/%s\n", text_visible(shown, sizeof shown, artifacts->folder),
               summary->run_id);
    return 0;
}

/* ---- the command ---------------------------------------------------------------------------- */

static void print_table(const struct options *options, const struct document *document)
{
    struct report report = {.out = stdout};
    report_device(&report, &document->device);
    command_say_environment(options, stdout);
    putchar('\n');
    report_table(&report, document->runs, document->count);
}

/* Names the variants that ran out of time, or of ITERATIONS, before they were stable. */
static void print_unstable(FILE *out, const struct isolate *isolate)
{
    const struct run *runs = isolate->runs;
    for (uint32_t i = 0; i < isolate->count; i++) {
        const struct histogram *iterations = &runs[i].histograms[METRIC_ITERATION];
        char line[256];
        if (iterations->count == 0 || isolate->progress[i].stable)
            continue;
        int length =
            snprintf(line, sizeof line, "not stable %s after %llu iterations: ", runs[i].variant,
                     (unsigned long long)iterations->count);
        size_t room = sizeof line - (size_t)length;
        double error = measure_median_error(&runs[i]);
        if (isinf(error))
            snprintf(line + length, room, "it takes %u at least", MEASURE_STABLE_LEAST);
        else
            snprintf(line + length, room,
                     "its median is known to %.2g %% (95 %% interval), not to %.2g %%", 100 * error,
                     100 * MEASURE_STABLE);
        fold_print(out, 0, 0, line);
    }
}

/* Holds what was measured against what was expected. Returns the exit status. */
static int check_expectations(FILE *out, const struct options *options,
                              const struct expectations *expectations,
                              const struct document *document)
{
    struct error error = {0};
    putc('\n', out);
    size_t slower =
        expect_print(out, expectations, document->device.name, document->runs, document->count);
    if (slower == 0)
        return 0;
    error_set(&error, ERROR_RUN, "%zu of %zu iterations %s slower than %s tolerates", slower,
              expectations->count, slower == 1 ? "is" : "are", options->expect);
    return command_fail(&error);
}

/* Looks at what was measured once more. Returns the exit status. */
static int profile(const struct document *document, struct isolate *isolate, FILE *out)
{
    struct error error = {0};
    isolate_rest(isolate);
    if (profile_runs(document, isolate->index, out, &error))
        return 0;
    return command_fail(&error);
}

/* Prints and writes what was measured. */
static int hand_out(const struct options *options, const struct expectations *expectations,
                    struct isolate *isolate, struct artifacts *artifacts,
                    const struct document *document)
{
    static struct run bare[WORKER_RUNS];
    struct document summary = without_stamps(document, bare);
    FILE *out = prints_document(options) ? stderr : stdout;
    if (prints_document(options))
        command_say_environment(options, stderr);
    else
        print_table(options, document);
    if (options->until_stable)
        print_unstable(out, isolate);
    int judged = command_judge(isolate->runs, isolate->count);
    if (options->expect && check_expectations(out, options, expectations, document) != 0)
        judged = 1;
    int written = write_summary(options, artifacts, &summary);
    if (write_documents(options, document, &summary, false) != 0)
        written = 1;
    if (options->profile && profile(document, isolate, out) != 0)
        written = 1;
    /* At last, since a reader of standard output that has gone ends the process. */
    if (write_documents(options, document, &summary, true) != 0)
        written = 1;
    return written ? written : judged;
}

static int run_all(const struct options *options, const struct targets *targets,
                   const struct expectations *expectations, struct isolate *isolate)
{
    struct error error = {0};
    struct isolate_order order = {
        .knobs = options->settings.knobs,
        .limit_ns = UINT64_MAX,
        .duration_ns = options->duration_ns,
        .until_stable = options->until_stable,
        .no_telemetry = options->no_telemetry,
    };
    if (!command_can_run(targets, isolate->runs, &error) ||
        (options->expect &&
         !expect_applies(expectations, isolate->runs, targets->count, options->expect, &error)))
        return command_fail(&error);
    struct artifacts artifacts = {.folder = artifact_folder(options)};
    struct document document;
    document_describe(&document, &isolate->device, isolate->runs, isolate->count);
    document.ceilings = isolate->ceilings;
    for (uint32_t i = 0; i < targets->count; i++) {
        if (isolate->runs[i].status != RUN_SKIPPED && interrupt_level == 0)
            isolate_perform(isolate, i, &order);
        write_run(&artifacts, &document, i); /* at once: what ends this process loses one at most */
    }
    progress_clear();
    int status = hand_out(options, expectations, isolate, &artifacts, &document);
    return interrupt_level > 0 ? interrupt_end("what was measured until then is kept") : status;
}

/* Looks at what is to be written before anything is measured. */
static bool check_outputs(const struct options *options, struct error *error)
{
    const struct output outputs[] = {
        {OUTPUT_FOLDER, "--out", artifact_folder(options)},
        {OUTPUT_WRITTEN, "--json", options->json},
        {OUTPUT_WRITTEN, "--csv", options->csv},
        {OUTPUT_WRITTEN, "--record", options->record},
        {OUTPUT_FOLDER, "--profile", options->profile ? PROFILE_FOLDER : NULL},
        {OUTPUT_READ, "--expect", options->expect},
        {OUTPUT_READ, "--preset", *options->preset.path ? options->preset.path : NULL},
    };
    return outputs_check(outputs, sizeof outputs / sizeof *outputs, error);
}

static int open_and_run(const struct options *options, const struct expectations *expectations)
{
    struct error error = {0};
    struct targets targets;
    static struct isolate isolate;
    interrupt_watch();
    if (!command_open(options, &measure_task, &isolate, &targets, &error))
        return command_fail(&error);
    isolate.show = progress_seen() ? show_progress : NULL;
    progress.duration_ns = options->duration_ns;
    progress.until_stable = options->until_stable;
    int status = run_all(options, &targets, expectations, &isolate);
    isolate_close(&isolate);
    return command_end(status);
}

int command_run(const struct options *options)
{
    struct error error = {0};
    struct expectations expectations = {0};
    if (getenv(NSIGHT_VARIABLE))
        return nsight_inside(options);
    interrupt_leave();
    if (!check_outputs(options, &error) ||
        (options->expect && !expect_read(options->expect, &expectations, &error)))
        return command_fail(&error);
    int status = open_and_run(options, &expectations);
    expect_free(&expectations);
    return status;
}
