/*
 * sweep_folder.h - a sweep on disk:
 *
 *     sweep.json         the plan, pdlab.sweep/1 (presets/schema/pdlab.sweep.1.schema.json)
 *     points/NNNN.json   a finished point, pdlab.run/2: one run per variant
 *     summary.csv, .svg  made from the points at the end
 *
 * Every file is written whole or not at all. A point is finished if and only if its file exists,
 * so resuming a killed sweep means measuring the missing points.
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

/* "FOLDER/NAME" into a buffer of SWEEP_PATH_ROOM. */
const char *sweep_path(char *path, const char *folder, const char *name);

/* Whether the folder contains a plan. */
bool sweep_has_plan(const char *folder);

/* Writes the plan, unless the folder already has one; read it back to find out. */
bool sweep_write_plan(const struct sweep *sweep, const char *folder, struct error *error);

/* Reads a plan from text; *error refers to it as `name`. Checks it like a typed one; its
 * variants are those of this build. */
bool sweep_parse_plan(const char *text, size_t length, const char *name, struct sweep *sweep,
                      struct error *error);

/* Reads the folder's plan. */
bool sweep_read_plan(const char *folder, struct sweep *sweep, struct error *error);

/* Locks the points of a shard for this process, until it ends or closes *lock. Refuses if
 * another process has locked one of them; assumes there is no other on a file system without
 * locks. */
bool sweep_lock(const struct sweep *sweep, const char *folder, struct sweep_shard shard, int *lock,
                struct error *error);

/* Removes leftovers of a killed process, among files that only the holder of the shard's lock
 * writes. */
void sweep_remove_leftovers(const char *folder, struct sweep_shard shard);

/* Writes a finished point. `runs` are those of the plan's variants in order. Keeps everything
 * except the stamps, which would be the largest part; with `stamps`, keeps those of a typical
 * iteration. */
bool sweep_write_point(const struct sweep *sweep, const char *folder, uint32_t number,
                       const struct device_info *device, const struct ceilings *ceilings,
                       const struct run *runs, bool stamps, struct error *error);

/* Reads a point if it is finished: *there. Refuses a file that is broken or belongs to another
 * sweep, and never replaces it. Free the document with document_free. */
bool sweep_read_point(const struct sweep *sweep, const char *folder, uint32_t number,
                      struct document *document, bool *there, struct error *error);
