/*
 * command_run.c - pdlab run: measures variants one after the other and writes what came of it.
 */
#include "../kernels/clock.h"
#include "commands.h"
#include "files.h"
#include "measure.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_DEFAULT "artifacts"
#define PATH_ROOM   4096u
#define PROGRESS_NS UINT64_C(200000000) /* between two lines of progress */

/* ---- progress ------------------------------------------------------------------------------- */

static void show_progress(const struct snapshot *snapshot)
{
    static uint64_t shown_ns;
    const struct run *run = &snapshot->runs[snapshot->selected];
    if (clock_now() - shown_ns < PROGRESS_NS)
        return;
    shown_ns = clock_now();
    fprintf(stderr, "\r%-24s %9llu of %lld iterations", run->variant,
            (unsigned long long)run->histograms[METRIC_ITERATION].count,
            (long long)run->used.iterations);
}

static void clear_progress(const struct measure *measure)
{
    if (measure->progress)
        fprintf(stderr, "\r%60s\r", "");
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

static bool write_artifacts(const struct document *document, const struct document *summary,
                            const char *folder, struct error *error)
{
    char path[PATH_ROOM];
    for (size_t i = 0; i < document->count; i++) {
        struct document single = *document;
        single.runs = &document->runs[i];
        single.count = 1;
        if (single.runs->status < RUN_DONE && single.runs->histograms[METRIC_ITERATION].count == 0)
            continue; /* interrupted before there was anything to tell */
        snprintf(path, sizeof path, "%s/%s/%s.json", folder, document->run_id,
                 single.runs->variant);
        if (!document_write(&single, path, error))
            return false;
    }
    snprintf(path, sizeof path, "%s/%s/summary.json", folder, document->run_id);
    return document_write(summary, path, error);
}

static void print_csv(FILE *out, const struct run *run)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const struct histogram *histogram = &run->histograms[metric];
        for (uint32_t bucket = histogram->first; bucket <= histogram->last; bucket++) {
            uint64_t count = histogram_count_at(histogram, bucket), lower, upper;
            histogram_bounds(bucket, &lower, &upper);
            if (count > 0)
                fprintf(out, "%s,%s,%llu,%llu,%llu\n", run->variant,
                        metric_key((enum metric)metric), (unsigned long long)lower,
                        (unsigned long long)upper, (unsigned long long)count);
        }
    }
}

/* A row a bucket that is not empty: samples in [from_ns, below_ns). */
static bool write_csv(const struct document *document, const char *path, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out) {
        fputs("variant,metric,from_ns,below_ns,count\n", out);
        for (size_t i = 0; i < document->count; i++)
            print_csv(out, &document->runs[i]);
    }
    bool printed = out && !ferror(out);
    if (out && fclose(out) != 0)
        printed = false;
    bool written = printed ? file_write(path, text, length, error)
                           : error_set(error, ERROR_RUN, "no memory for the rows of %s", path);
    free(text);
    return written;
}

/* Writes all that was asked for; each mistake has its line. Returns the exit status. */
static int write_documents(const struct options *options, const struct document *document,
                           const struct document *summary)
{
    struct error error = {0};
    int status = 0;
    const char *folder = artifact_folder(options);
    if (folder && !write_artifacts(document, summary, folder, &error))
        status = command_fail(&error);
    else if (folder && !prints_document(options))
        printf("written to %s/%s\n", folder, document->run_id);
    if (options->json && !document_write(summary, options->json, &error))
        status = command_fail(&error);
    if (options->csv && !write_csv(document, options->csv, &error))
        status = command_fail(&error);
    if (options->record && !document_write(document, options->record, &error))
        status = command_fail(&error);
    return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

static void print_table(const struct document *document)
{
    struct report report = {.out = stdout};
    report_device(&report, &document->device);
    putchar('\n');
    report_table(&report, document->runs, document->count);
}

/* Prints and writes what was measured. The snapshot's runs are borrowed by shallow copies. */
static int hand_out(const struct options *options, const struct snapshot *snapshot)
{
    struct run runs[WORKER_RUNS], bare[WORKER_RUNS];
    memcpy(runs, snapshot->runs, snapshot->count * sizeof *runs);
    struct document document;
    document_describe(&document, &snapshot->device, runs, snapshot->count);
    struct document summary = without_stamps(&document, bare);
    if (!prints_document(options))
        print_table(&document);
    int judged = command_judge(runs, snapshot->count);
    int written = write_documents(options, &document, &summary);
    return written ? written : judged;
}

static int run_all(const struct options *options, const struct targets *targets,
                   struct measure *measure)
{
    struct error error = {0};
    if (!command_can_run(targets, worker_look(measure->worker)->runs, &error))
        return command_fail(&error);
    for (uint32_t i = 0; i < targets->count && !command_interrupted; i++) {
        if (!measure_variant(measure, i, UINT64_MAX, &error)) {
            clear_progress(measure);
            return command_fail(&error);
        }
    }
    const struct snapshot *snapshot = measure_finish(measure);
    clear_progress(measure);
    int status = hand_out(options, snapshot);
    if (!command_interrupted)
        return status;
    error_set(&error, ERROR_RUN, "interrupted: what was measured until then is kept");
    return command_fail(&error);
}

int command_run(const struct options *options)
{
    struct error error = {0};
    struct targets targets;
    struct measure measure;
    enum backend backend;
    int device;
    if (!command_choose(options, &backend, &device, &targets, &error))
        return command_fail(&error);
    command_watch_interrupt();
    if (!measure_open(&measure, backend, device, targets.variants, targets.count,
                      &options->settings.knobs, &error))
        return command_fail(&error);
    measure.interrupted = &command_interrupted;
    measure.progress = isatty(STDERR_FILENO) ? show_progress : NULL;
    int status = run_all(options, &targets, &measure);
    measure_close(&measure);
    return command_end(status);
}
