/*
 * sweep_folder.h - a sweep on disk:
 *
 *     sweep.json         the plan, pdlab.sweep/1 (presets/schema/pdlab.sweep.1.schema.json)
 *     points/NNNN.json   a finished point, pdlab.run/2: one run per variant
 *     summary.csv, .svg  made from the points when all are finished
 *
 * Each file appears complete or not at all. A point is finished if and only if its file exists, so
 * resuming a killed sweep means measuring the missing points.
 */
#pragma once

#include "../document/document.h"
#include "sweep.h"

#define SWEEP_SCHEMA    "pdlab.sweep/1"
#define SWEEP_PATH_ROOM 4096u
#define SWEEP_CSV_NAME  "summary.csv"
#define SWEEP_SVG_NAME  "summary.svg"

#define SWEEP_PLAN_NAME   "sweep.json"
#define SWEEP_POINTS_NAME "points"

/* Writes "FOLDER/NAME" to `path`, which has SWEEP_PATH_ROOM bytes. Returns `path`. */
const char *sweep_path(char *path, const char *folder, const char *name);

/* Whether the folder contains a plan. */
bool sweep_has_plan(const char *folder);

/* Writes the plan, unless the folder already has one. The caller reads the plan back to learn which
 * plan applies. */
bool sweep_write_plan(const struct sweep *sweep, const char *folder, struct error *error);

/* Reads a plan from text; *error calls it `name`. Checks the plan like a command line; its variants
 * must exist in this build. */
bool sweep_parse_plan(const char *text, size_t length, const char *name, struct sweep *sweep,
                      struct error *error);

/* Reads the folder's plan. */
bool sweep_read_plan(const char *folder, struct sweep *sweep, struct error *error);

/* Locks the points of a shard until this process ends or closes *lock. Fails if another process has
 * locked one of them. On a file system without locks, assumes that no other process measures
 * them. */
bool sweep_lock(const struct sweep *sweep, const char *folder, struct sweep_shard shard, int *lock,
                struct error *error);

/* Removes temporary files that a killed process left. Considers only files that the holder of the
 * shard's lock alone writes. */
void sweep_remove_leftovers(const char *folder, struct sweep_shard shard);

/* Writes a finished point. `runs` has one run per variant of the plan, in the plan's order. Omits
 * the stamps, which would be most of the file; with `stamps`, writes those of the typical
 * iteration. */
bool sweep_write_point(const struct sweep *sweep, const char *folder, uint32_t number,
                       const struct device_info *device, const struct ceilings *ceilings,
                       const struct run *runs, bool stamps, struct error *error);

/* Reads a point if it is finished; *there is whether it is. Fails if its file is broken or belongs
 * to another sweep; pdlab never replaces such a file. Free the document with document_free. */
bool sweep_read_point(const struct sweep *sweep, const char *folder, uint32_t number,
                      struct document *document, bool *there, struct error *error);
