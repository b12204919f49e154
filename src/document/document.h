/*
 * document.h - writes and reads pdlab.run/2, the only document format for runs: artifacts,
 * summaries and recordings. Its schema is presets/schema/pdlab.run.2.schema.json. The reader also
 * accepts pdlab.run/1, which has no processes and no null percentiles.
 */
#pragma once

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/run.h"

#define DOCUMENT_SCHEMA      "pdlab.run/2"
#define DOCUMENT_SCHEMA_1    "pdlab.run/1"
#define DOCUMENT_MOST_BYTES  (UINT64_C(16) << 20)
#define DOCUMENT_MOST_RUNS   1024u
#define DOCUMENT_PROCESSES   4096u                 /* most processes of one run */
#define RECORDING_MOST_BYTES (UINT64_C(256) << 10) /* target size of recordings */

/* The percentiles that a document gives for a histogram, in ascending order. */
#define DOCUMENT_PERCENTILES 4u
struct document_percentile {
    const char *key; /* "p50_ns" */
    double fraction;
};
extern const struct document_percentile document_percentiles[DOCUMENT_PERCENTILES];

struct document {
    char run_id[32];          /* "20261123T054500Z-1a2b" */
    char recorded_utc[32];    /* when the runs were measured: "2026-11-23T05:45:00Z" */
    char version[32];         /* of the pdlab that measured the runs */
    char git_revision[48];    /* of that pdlab; "" if unknown */
    bool recorded;            /* the document was written from a recording; its date, build and
                                 device are the recording's */
    char recorded_run_id[32]; /* the recording's run_id; "" unless `recorded` */
    char process[32];         /* the process that measured the runs that name no process */
    uint64_t order_seed;      /* run --repeats: the seed that determines the order of the variants
                                 in each round */
    uint32_t rounds;          /* run --repeats: the number of rounds begun; 0: not measured in
                                 rounds */
    uint32_t octave_buckets;  /* buckets per power of two after merging; 0: not merged */
    struct device_info device;
    struct ceilings ceilings; /* the device's ceilings; all 0: unknown */
    struct noise noise;       /* the device's noise between processes; if its `processes` is 0, not
                                 measured */
    struct run *runs;         /* owned if document_parse or document_read made this document, else
                                 borrowed */
    size_t count;
};

/* The names of spans in documents: "submit", "copy", "compute". Ends with NULL. */
extern const char *const document_span_names[SPAN_KINDS + 1];

/* The names of enum graph_path from GRAPH_PATH_FULL on: "full", "piecewise". Ends with NULL. */
extern const char *const document_graph_paths[];

/* Fills in a document for `runs` (borrowed), which `device` ran: a new run_id, the current time and
 * this build. The caller adds ceilings and noise. */
void document_describe(struct document *document, const struct device_info *device,
                       struct run *runs, size_t count);

/* Fills in a document for runs of a recording, to be written again: a new run_id, but the
 * recording's date, build and device, marked as recorded. If the recording is itself such a copy,
 * the document names the original recording. */
void document_describe_again(struct document *document, const struct document *recording,
                             struct run *runs, size_t count);

/* Returns a document with the same runs without their stamps, which are most of a document's
 * length. The copies of the runs are written to `bare`, which must have room for all; they borrow
 * the originals' memory. */
struct document document_without_traces(const struct document *document, struct run *bare);

/* Returns the document as JSON text with a final newline, which the caller frees. *length excludes
 * the NUL. NULL: out of memory. Omits runs without content: those still waiting, and those in
 * preparation or warm-up without samples. Shortens traces until the document fits in
 * DOCUMENT_MOST_BYTES; a shortened trace says so. */
char *document_print(const struct document *document, size_t *length);

/* Writes a knob's value in the form that json_knob reads: a number, a string or a boolean. */
void document_write_knob(struct json_writer *writer, const char *key, enum knob_id id,
                         int64_t value);

/* Writes the knobs in `set` (KNOB_BITs) as an object that json_knobs reads. Omits unknown
 * values. */
void document_write_knobs(struct json_writer *writer, const char *key, const struct knobs *knobs,
                          uint64_t set);

/* Writes the identity of a device as members of the current object, from "backend" to "units". */
void document_write_device(struct json_writer *writer, const struct device_info *device);

/* Write or read the identity of a model that was loaded from files. Without such a model, there are
 * no members. */
void document_write_model(struct json_writer *writer, const struct run_model *model);
bool document_read_model(const struct json *object, struct run_model *model, struct error *error);

/* Writes a percentile in whole ns, or null if there are too few samples for it. */
void document_write_percentile(struct json_writer *writer, const struct document_percentile *of,
                               const struct histogram *histogram);

/* Writes the text of document_print to a path, by file_write's rules. The path "-" is standard
 * output. */
bool document_write(const struct document *document, const char *path, struct error *error);

/*
 * Print or write a document as a recording, with a target size of RECORDING_MOST_BYTES. They reduce
 * all runs alike, in this order, until the document fits or nothing more can be omitted:
 *
 *   1. write shared members once and histograms as lists, and omit derived figures
 *   2. omit the stamps of the slowest iteration, and later steps and programs of the typical one
 *   3. merge adjacent buckets to `octave_buckets` per power of two; count, minimum, maximum,
 *      mean and the listed percentiles do not change
 *   4. omit all stamps, and the histograms of unstamped iterations, TTFT and sync
 *
 * A reader can tell what was reduced: a trace has fewer `steps` and `programs` than were run, and
 * `octave_buckets` shows merged histograms. *length and *bytes are the final size.
 */
char *document_print_recording(const struct document *document, size_t *length);
bool document_write_recording(const struct document *document, const char *path, size_t *bytes,
                              struct error *error);

/* Reads a document from text; *error calls the text `name`. On failure, returns false; there is
 * nothing to free. */
bool document_parse(const char *text, size_t length, const char *name, struct document *document,
                    struct error *error);

/* Reads a document that is part of another JSON text: `root` is its object there. Adds shared
 * members to the runs in the parsed tree. */
bool document_parse_part(const struct json *root, struct document *document, struct error *error);

/* Reads a document from a path. */
bool document_read(const char *path, struct document *document, struct error *error);

/* Reads a document from a path. If an embedded document has that path ("recordings/….json"), reads
 * that one instead of the file. */
bool document_open(const char *path, struct document *document, struct error *error);

/* Frees a document that was parsed or read. A zeroed document is allowed. */
void document_free(struct document *document);
