/*
 * artifacts.h - what `pdlab run` writes: an artifact a variant, a summary, and the documents that
 * --json, --csv and --record ask for.
 */
#ifndef SRC_ARTIFACTS_H
#define SRC_ARTIFACTS_H

#include "../document/document.h"
#include "options.h"

/* What becomes of the artifacts. Once one could not be written, no other is tried. */
struct artifacts {
    const char *folder; /* NULL: none are asked for */
    struct error error;
};

/* The folder for artifacts; NULL: none are written. */
const char *artifacts_folder(const struct options *options);

/* Whether standard output holds a document and nothing else. */
bool artifacts_print_document(const struct options *options);

/* Writes <folder>/<run_id>/<name>.json. */
void artifacts_write(struct artifacts *artifacts, const struct document *document,
                     const char *name);

/* Writes a variant's, unless it was interrupted before there was anything to tell. */
void artifacts_write_run(struct artifacts *artifacts, const struct document *document,
                         size_t index);

/* A document of the same runs without their stamps, which make up most of its length. `bare` has
 * room for the runs and borrows from them. */
struct document artifacts_summary(const struct document *document, struct run *bare);

/* Writes the summary, the last of the artifacts. Returns the exit status. */
int artifacts_end(const struct options *options, struct artifacts *artifacts,
                  const struct document *summary);

/* Writes those of --json, --csv and --record that go to standard output (`printed`), or the others;
 * each mistake has its line. Returns the exit status. */
int artifacts_write_asked(const struct options *options, const struct document *document,
                          const struct document *summary, bool printed);

#endif
