/*
 * document_common.h - factors out the members that all runs of a recording share.
 *
 * In a recording of many points, most members are the same in all runs, such as the target. The
 * object "common" contains those members. A run omits a shared member, or overrides it with a
 * member of its own. Only scalars are shared, not lists or objects, except that "knobs" and
 * "knobs_asked" in "common" contain the knobs that all runs share.
 */
#pragma once

#include "../base/json.h"
#include "../base/json_writer.h"

/* Writes "common" and "runs" into the current document. Each of the `count` strings in `runs` is
 * the JSON text of a complete run. */
void document_common_write(struct json_writer *writer, char *const *runs, size_t count);

/* Adds to every object in `runs`, in the parsed tree, the members of `common` that the object
 * lacks. Does nothing if the document has no `common`. Returns false and sets *error if `common` is
 * not an object, or contains a member that cannot be shared. */
bool document_common_read(const struct json *common, const struct json *runs, struct error *error);
