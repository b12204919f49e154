/*
 * document_common.h - what all runs of a recording have in common, written once.
 *
 * In a recording of many points most of what describes a run is the same in all: the target, the
 * work, what was verified. "common" holds those members; a run lacks them and has its own instead
 * where it differs. Only members with a plain value are shared, and the settings inside "knobs" and
 * "knobs_asked", one by one.
 */
#ifndef SRC_DOCUMENT_COMMON_H
#define SRC_DOCUMENT_COMMON_H

#include "../base/json.h"
#include "../base/json_writer.h"

/* Writes "common" and "runs" into the document that *writer is in. `runs` are `count` objects, each
 * the text of a run that stands for itself. */
void document_common_write(struct json_writer *writer, char *const *runs, size_t count);

/* Gives every object in the list `runs` what it lacks of `common` (a document without it: no
 * change). Adds to the tree. False: it is not an object, or holds what can't be shared. */
bool document_common_read(const struct json *common, const struct json *runs, struct error *error);

#endif
