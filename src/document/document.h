/*
 * document.h - pdlab.run/2, the one document: a run or many, an artifact, a summary, a recording.
 * One writer and one reader. presets/schema/pdlab.run.2.schema.json is its schema. The reader takes
 * pdlab.run/1 too, which had no processes and no percentile that is null.
 */
#ifndef SRC_DOCUMENT_H
#define SRC_DOCUMENT_H

#include "../base/json.h"
#include "../base/json_writer.h"
#include "../engine/run.h"

#define DOCUMENT_SCHEMA      "pdlab.run/2"
#define DOCUMENT_SCHEMA_1    "pdlab.run/1"
#define DOCUMENT_MOST_BYTES  (UINT64_C(16) << 20)
#define DOCUMENT_MOST_RUNS   1024u
#define DOCUMENT_PROCESSES   4096u                 /* of a run, at most */
#define RECORDING_MOST_BYTES (UINT64_C(256) << 10) /* that document_write_recording aims at */

/* The percentiles that a histogram is written with, in rising order. */
#define DOCUMENT_PERCENTILES 4u
struct document_percentile {
    const char *key; /* "p50_ns" */
    double fraction;
};
extern const struct document_percentile document_percentiles[DOCUMENT_PERCENTILES];

struct document {
    char run_id[32];          /* "20261123T054500Z-1a2b" */
    char recorded_utc[32];    /* "2026-11-23T05:45:00Z": when it was measured */
    char version[32];         /* of the pdlab that measured it */
    char git_revision[48];    /* "" if unknown */
    bool recorded;            /* written from a recording, whose date, build and device are above */
    char recorded_run_id[32]; /* then that recording's run_id; else "" */
    char process[32];         /* of the runs that name none: document_process_id of the measurer */
    uint64_t order_seed;      /* of run --repeats: the seed of the order in each round */
    uint32_t rounds;          /* of it: how many were begun; 0: it was not measured in rounds */
    uint32_t octave_buckets;  /* buckets kept of each power of two; 0: as they were recorded */
    struct device_info device;
    struct ceilings ceilings; /* what the device can do; all 0: not known */
    struct noise noise;       /* between processes there; processes 0: not measured */
    struct run *runs;         /* owned if document_parse or document_read made it, else borrowed */
    size_t count;
};

/* What a span is called there: "submit", "copy", "compute". Ended by NULL. */
extern const char *const document_span_names[SPAN_KINDS + 1];

/* "full", "piecewise": those of enum graph_path from GRAPH_PATH_FULL on. Ended by NULL. */
extern const char *const document_graph_paths[];

/* The name of this process in documents: as run_id is made, with more digits. The same from its
 * first call on. */
const char *document_process_id(void);

/* Fills *document for writing `runs` (borrowed) of `device`: a new run_id, now, this build. What
 * the device can do is the caller's to add. */
void document_describe(struct document *document, const struct device_info *device,
                       struct run *runs, size_t count);

/* The same for writing `runs` of a recording again: a new run_id, and the recording's own date,
 * build and device, marked as recorded. A copy of a copy names the first recording. */
void document_describe_again(struct document *document, const struct document *recording,
                             struct run *runs, size_t count);

/* The document as JSON text with a newline at its end (malloc; *length without the NUL). NULL: no
 * memory. Runs without anything to tell are left out: those that wait for their turn, and those
 * being prepared or warmed without samples. Traces are shortened, which they say, until the
 * document fits in DOCUMENT_MOST_BYTES. */
char *document_print(const struct document *document, size_t *length);

/* Writes a knob's value as json_knob reads it: a number, a word, or true or false. */
void document_write_knob(struct json_writer *writer, const char *key, enum knob_id id,
                         int64_t value);

/* Writes what names a device, as members of the object that *writer is in: "backend" to "units". */
void document_write_device(struct json_writer *writer, const struct device_info *device);

/* Writes a percentile in whole ns; null where the samples do not resolve it. */
void document_write_percentile(struct json_writer *writer, const struct document_percentile *of,
                               const struct histogram *histogram);

/* document_print to a path ("-": standard output), by file_write's rules. */
bool document_write(const struct document *document, const char *path, struct error *error);

/*
 * The two for a recording, which is to have RECORDING_MOST_BYTES at most. What does not fit is left
 * out, the same of every run, until the rest fits or there is nothing more to leave out:
 *
 *  1. what runs share is written once, histograms as lists, and no figure that follows from others
 *  2. the stamps of the slowest iteration; those of the typical one past some steps and programs
 *  3. buckets beside each other become one, `octave_buckets` of each power of two; count, least,
 *     most, mean and the listed percentiles stay what they were
 *  4. all stamps; the histograms of unstamped iterations, TTFT and sync
 *
 * What is left says so: traces by their steps and programs, histograms by octave_buckets. *length
 * and *bytes are what it came to.
 */
char *document_print_recording(const struct document *document, size_t *length);
bool document_write_recording(const struct document *document, const char *path, size_t *bytes,
                              struct error *error);

/* Reads a document from text. `name` is what *error calls it. False: nothing is held. */
bool document_parse(const char *text, size_t length, const char *name, struct document *document,
                    struct error *error);

/* The same where it is a part of another: `root` is its place there. Adds to the tree. */
bool document_parse_part(const struct json *root, struct document *document, struct error *error);

/* Reads a document from a path. */
bool document_read(const char *path, struct document *document, struct error *error);

/* The same; one that is embedded ("recordings/….json") goes before a file of that path. */
bool document_open(const char *path, struct document *document, struct error *error);

/* Frees a document that was parsed or read. A zeroed one is fine. */
void document_free(struct document *document);

#endif
