/*
 * source.h - the source of runs: a worker on a live device, or a recording. Both are an array of
 * runs and a device.
 */
#pragma once

#include "../../src/document/document.h"
#include "../../src/document/points.h"
#include "../../src/engine/worker.h"

struct source {
    struct worker *worker;           /* NULL with a recording, or if nothing could be opened */
    const struct snapshot *snapshot; /* the worker's newest snapshot */
    bool recorded;
    struct document document; /* the recording, and the path it was opened as */
    struct points points;     /* its runs by variant and knobs */
    char path[256];
    char mark[176]; /* "RECORDED <device>, <date>"; "" when live */
};

/* Opens one or the other. A zeroed source is closed. After a failure it is closed. */
bool source_open_live(struct source *source, enum backend backend, int index, struct error *error);

/* `path`: an embedded file ("recordings/….json") or one on disk. */
bool source_open_recording(struct source *source, const char *path, struct error *error);

/* The same from a document's text; *error calls it `name`. */
bool source_open_text(struct source *source, const char *text, size_t length, const char *name,
                      struct error *error);

/* The name of a recording in lists: "h200/step-sync" if it is embedded, else its path. Returns
 * `text`. */
const char *source_label(const char *path, char *text, size_t size);

/* False if the device is lost (worker_stop). */
bool source_close(struct source *source);

/* Takes the newest snapshot. True if it is a new one. */
bool source_look(struct source *source);

/* The runs, *count of them; valid until the next look. */
const struct run *source_runs(const struct source *source, size_t *count);

/* The device (its id is "" until it is known), and its ceilings (all 0: unknown). */
const struct device_info *source_device(const struct source *source);
const struct ceilings *source_ceilings(const struct source *source);
