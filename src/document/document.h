/*
 * document.h - pdlab.run/2, the only document format for runs: artifacts, summaries, recordings.
 * One writer and one reader. Its schema is presets/schema/pdlab.run.2.schema.json. The reader
 * also accepts pdlab.run/1, which had no processes and no null percentiles.
 */
#pragma once

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/run.h"

#define DOCUMENT_SCHEMA      "pdlab.run/2"
#define DOCUMENT_SCHEMA_1    "pdlab.run/1"
#define DOCUMENT_MOST_BYTES  (UINT64_C(16) << 20)
#define DOCUMENT_MOST_RUNS   1024u
#define DOCUMENT_PROCESSES   4096u                 /* at most, in one run */
#define RECORDING_MOST_BYTES (UINT64_C(256) << 10) /* target of document_write_recording */

/* The percentiles written with a histogram, in ascending order. */
#define DOCUMENT_PERCENTILES 4u
struct document_percentile {
    const char *key; /* "p50_ns" */
    double fraction;
};
extern const struct document_percentile document_percentiles[DOCUMENT_PERCENTILES];

struct document {
    char run_id[32];          /* "20261123T054500Z-1a2b" */
    char recorded_utc[32];    /* "2026-11-23T05:45:00Z": when it was measured */
    char version[32];         /* version of the pdlab that measured it */
    char git_revision[48];    /* "" if unknown */
    bool recorded;            /* written from a recording, whose date, build and device are above */
    char recorded_run_id[32]; /* in that case the recording's run_id; else "" */
    char process[32];         /* the measuring process's id, for runs that name none */
    uint64_t order_seed;      /* run --repeats: the seed of the order in each round */
    uint32_t rounds;          /* run --repeats: rounds begun; 0: not measured in rounds */
    uint32_t octave_buckets;  /* buckets kept per power of two; 0: all as recorded */
    struct device_info device;
    struct ceilings ceilings; /* the device's ceilings; all 0: unknown */
    struct noise noise;       /* between processes on the device; processes 0: not measured */
    struct run *runs;         /* owned if document_parse or document_read created it, else
                                 borrowed */
    size_t count;
};

/* Names of spans in documents: "submit", "copy", "compute". NULL-ended. */
extern const char *const document_span_names[SPAN_KINDS + 1];

/* "full", "piecewise": enum graph_path from GRAPH_PATH_FULL on. NULL-ended. */
extern const char *const document_graph_paths[];

/* Fills *document to write `runs` (borrowed) of `device`: a new run_id, the current time, this
 * build. The caller adds ceilings and noise. */
void document_describe(struct document *document, const struct device_info *device,
                       struct run *runs, size_t count);

/* The same for rewriting the runs of a recording: a new run_id, and the recording's own date,
 * build and device, marked as recorded. A copy of a copy names the first recording. */
void document_describe_again(struct document *document, const struct document *recording,
                             struct run *runs, size_t count);

/* The same runs without their stamps, which are most of a document's length. `bare` has room for
 * the runs and borrows from them. */
struct document document_without_traces(const struct document *document, struct run *bare);

/* The document as JSON text with a final newline (malloc; *length without the NUL). NULL: out of
 * memory. Leaves out runs without content: those still waiting, and those being prepared or
 * warmed up without samples. Shortens traces, and says so in them, until the document fits in
 * DOCUMENT_MOST_BYTES. */
char *document_print(const struct document *document, size_t *length);

/* Writes a knob's value in the form that json_knob reads: a number, a word, or true or false. */
void document_write_knob(struct json_writer *writer, const char *key, enum knob_id id,
                         int64_t value);

/* Writes the knobs of `set` (KNOB_BITs), except unknown ones, as an object that json_knobs reads.
 */
void document_write_knobs(struct json_writer *writer, const char *key, const struct knobs *knobs,
                          uint64_t set);

/* Writes the identity of a device as members of the current object: "backend" to "units". */
void document_write_device(struct json_writer *writer, const struct device_info *device);

/* Both for the identity of a model that was read from files; without one, no members. */
void document_write_model(struct json_writer *writer, const struct run_model *model);
bool document_read_model(const struct json *object, struct run_model *model, struct error *error);

/* Writes a percentile in whole ns; null if there are too few samples. */
void document_write_percentile(struct json_writer *writer, const struct document_percentile *of,
                               const struct histogram *histogram);

/* Writes document_print's text to a path ("-": standard output), by file_write's rules. */
bool document_write(const struct document *document, const char *path, struct error *error);

/*
 * Both for a recording, with a target size of RECORDING_MOST_BYTES. Reduces all runs alike, in
 * this order, until the document fits or nothing more can be left out:
 *
 *   1. writes shared members once, histograms as lists, and no derived figures
 *   2. drops the stamps of the slowest iteration, and later steps and programs of the typical one
 *   3. merges adjacent buckets to `octave_buckets` per power of two; count, minimum, maximum,
 *      mean and the listed percentiles do not change
 *   4. drops all stamps, and the histograms of unstamped iterations, TTFT and sync
 *
 * The document shows what was reduced: traces by their steps and programs, histograms by
 * octave_buckets. *length and *bytes are the final size.
 */
char *document_print_recording(const struct document *document, size_t *length);
bool document_write_recording(const struct document *document, const char *path, size_t *bytes,
                              struct error *error);

/* Reads a document from text. *error refers to it as `name`. False: nothing is held. */
bool document_parse(const char *text, size_t length, const char *name, struct document *document,
                    struct error *error);

/* The same for a part of another document: `root` is its place there. Adds to the tree. */
bool document_parse_part(const struct json *root, struct document *document, struct error *error);

/* Reads a document from a path. */
bool document_read(const char *path, struct document *document, struct error *error);

/* The same; an embedded document ("recordings/….json") takes precedence over a file with that
 * path. */
bool document_open(const char *path, struct document *document, struct error *error);

/* Frees a document that was parsed or read. A zeroed one is allowed. */
void document_free(struct document *document);
