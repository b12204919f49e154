/*
 * artifacts.h - the output files of `pdlab run`: one artifact per variant, a summary, and the
 * documents of --json, --csv and --record.
 */
#pragma once

#include "../document/document.h"
#include "options.h"

/* The state of writing artifacts. After a write error, no other artifacts are written. */
struct artifacts {
    const char *folder; /* NULL: none requested */
    struct error error;
};

/* Returns the folder for artifacts; NULL: none are written. */
const char *artifacts_folder(const struct options *options);

/* Whether standard output gets a document and nothing else. */
bool artifacts_print_document(const struct options *options);

/* Writes <folder>/<run_id>/<name>.json. */
void artifacts_write(struct artifacts *artifacts, const struct document *document,
                     const char *name);

/* Writes a variant's artifact, unless the run was interrupted before it had samples. */
void artifacts_write_run(struct artifacts *artifacts, const struct document *document,
                         size_t index);

/* Writes the summary, the last artifact. Returns the exit status. */
int artifacts_end(const struct options *options, struct artifacts *artifacts,
                  const struct document *summary);

/* Writes the documents of --json, --csv and --record: if `printed`, those for standard output;
 * otherwise those for files. Reports each error. Returns the exit status. */
int artifacts_write_asked(const struct options *options, const struct document *document,
                          const struct document *summary, bool printed);
