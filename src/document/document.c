#include "document.h"

#include "../base/embedded.h"
#include "../base/files.h"
#include "../base/text.h"
#include "../base/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define RUN_DIGITS     4
#define PROCESS_DIGITS 8 /* run --repeats starts thousands of processes, several per second */

const struct document_percentile document_percentiles[DOCUMENT_PERCENTILES] = {
    {"p50_ns", 0.5},
    {"p90_ns", 0.9},
    {"p99_ns", 0.99},
    {"p999_ns", 0.999},
};

const char *const document_graph_paths[] = {"full", "piecewise", NULL};

const char *const document_span_names[SPAN_KINDS + 1] = {
    [SPAN_SUBMIT] = "submit", [SPAN_COPY] = "copy", [SPAN_COMPUTE] = "compute"};

/* Writes an id such as "20261123T054500Z-1a2b": the UTC time to the second, a hyphen and `digits`
 * random hexadecimal digits. */
static void make_id(const struct timespec *now, int digits, char *id, size_t size)
{
    struct tm utc;
    uint32_t number;
    char stamp[24];
    gmtime_r(&now->tv_sec, &utc);
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        number = (uint32_t)now->tv_nsec;
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(id, size, "%s-%0*" PRIx32, stamp, digits, number >> (32 - 4 * digits));
}

static struct {
    pid_t pid;
    char id[32];
} named;

/* Returns the id of this process in documents. It has the form of a run_id, but more random digits,
 * and does not change after the first call. */
static const char *process_id(void)
{
    struct timespec now;
    if (named.pid != getpid()) { /* a forked process gets a new id */
        clock_gettime(CLOCK_REALTIME, &now);
        make_id(&now, PROCESS_DIGITS, named.id, sizeof named.id);
        named.pid = getpid();
    }
    return named.id;
}

void document_describe(struct document *document, const struct device_info *device,
                       struct run *runs, size_t count)
{
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    *document = (struct document){
        .device = *device,
        .runs = runs,
        .count = count,
    };
    snprintf(document->version, sizeof document->version, "%s", version_number);
    snprintf(document->git_revision, sizeof document->git_revision, "%s", version_revision);
    make_id(&now, RUN_DIGITS, document->run_id, sizeof document->run_id);
    snprintf(document->process, sizeof document->process, "%s", process_id());
    strftime(document->recorded_utc, sizeof document->recorded_utc, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

void document_describe_again(struct document *document, const struct document *recording,
                             struct run *runs, size_t count)
{
    struct document now;
    document_describe(&now, &recording->device, runs, count);
    *document = *recording;
    memcpy(document->run_id, now.run_id, sizeof document->run_id);
    document->runs = runs;
    document->count = count;
    if (!recording->recorded)
        memcpy(document->recorded_run_id, recording->run_id, sizeof document->recorded_run_id);
    document->recorded = true;
}

struct document document_without_traces(const struct document *document, struct run *bare)
{
    struct document summary = *document;
    for (size_t i = 0; i < document->count; i++) {
        bare[i] = document->runs[i];
        bare[i].typical = bare[i].slowest = (struct trace){0};
    }
    summary.runs = bare;
    return summary;
}

/* Writes the text to a path, and frees it. */
static bool write_text(char *text, size_t length, const char *path, struct error *error)
{
    char size[32], most[32];
    if (!text || length <= DOCUMENT_MOST_BYTES)
        return file_write_text(path, text, length, error);
    free(text);
    return error_set(error, ERROR_RUN, "%s would have %s bytes; a document has at most %s", path,
                     text_integer(size, sizeof size, (int64_t)length),
                     text_integer(most, sizeof most, DOCUMENT_MOST_BYTES));
}

bool document_write(const struct document *document, const char *path, struct error *error)
{
    size_t length = 0;
    char *text = document_print(document, &length);
    return write_text(text, length, path, error);
}

bool document_write_recording(const struct document *document, const char *path, size_t *bytes,
                              struct error *error)
{
    char *text = document_print_recording(document, bytes);
    return write_text(text, *bytes, path, error);
}

bool document_read(const char *path, struct document *document, struct error *error)
{
    char *text = NULL;
    size_t length;
    *document = (struct document){0};
    bool read = file_read(path, DOCUMENT_MOST_BYTES, &text, &length, error) &&
                document_parse(text, length, path, document, error);
    free(text);
    return read;
}

bool document_open(const char *path, struct document *document, struct error *error)
{
    const struct embedded *file = embedded_find(path);
    if (!file)
        return document_read(path, document, error);
    size_t length;
    char *text = embedded_text(file, &length, error);
    *document = (struct document){0};
    const bool read = text && document_parse(text, length, path, document, error);
    free(text);
    return read;
}

void document_free(struct document *document)
{
    for (size_t i = 0; i < document->count; i++)
        run_close(&document->runs[i]);
    free(document->runs);
    *document = (struct document){0};
}
