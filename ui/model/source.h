/*
 * source.h - the source of runs: a worker on a live device, or a recording. Either has an array of
 * runs and a device.
 */
#pragma once

#include "../../src/document/document.h"
#include "../../src/document/points.h"
#include "../../src/engine/worker.h"

struct source {
    struct worker *worker;           /* NULL: a recording, or the device could not be opened */
    const struct snapshot *snapshot; /* the worker's newest snapshot */
    bool recorded;
    struct document document; /* the recording */
    struct points points;     /* the recording's runs by variant and knobs */
    char path[256];           /* the recording's path, as given */
    char mark[176];           /* "RECORDED <device>, <date>"; "": live */
};

/* Opens a live device; the functions below open a recording. A zeroed source is closed. False: the
 * source is closed. */
bool source_open_live(struct source *source, enum backend backend, int index, struct error *error);

/* `path`: an embedded file ("recordings/….json") or a file on disk. */
bool source_open_recording(struct source *source, const char *path, struct error *error);

/* Opens a recording from a document's text; *error calls the document `name`. */
bool source_open_text(struct source *source, const char *text, size_t length, const char *name,
                      struct error *error);

/* Writes a recording's name for lists: "h200/step-sync" if it is embedded, otherwise its path.
 * Returns `text`. */
const char *source_label(const char *path, char *text, size_t size);

/* False if the device is lost (worker_stop). */
bool source_close(struct source *source);

/* Takes the newest snapshot. True if it differs from the previous one. */
bool source_look(struct source *source);

/* Returns the *count runs; valid until the next source_look. */
const struct run *source_runs(const struct source *source, size_t *count);

/* Return the device (its id is "" until the device is known) and its ceilings (all 0: not
 * measured). */
const struct device_info *source_device(const struct source *source);
const struct ceilings *source_ceilings(const struct source *source);
