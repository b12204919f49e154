/*
 * document_common.h - members that all runs of a recording share, written once.
 *
 * In a recording of many points most members are the same in all runs: the target, the workload,
 * the verification. "common" contains those members; a run omits them, or overrides one with its
 * own. Only scalar members are shared (no lists, no objects). The members of "knobs" and
 * "knobs_asked" are shared one by one.
 */
#pragma once

#include "../base/json.h"
#include "../base/json_writer.h"

/* Writes "common" and "runs" into the current document. `runs` are `count` objects, each the
 * text of a complete run. */
void document_common_write(struct json_writer *writer, char *const *runs, size_t count);

/* Adds to every object in `runs` the members of `common` that it lacks (no effect if the
 * document has none). Adds them to the parsed tree. False: `common` is not an object, or contains a
 * member that cannot be shared. */
bool document_common_read(const struct json *common, const struct json *runs, struct error *error);
