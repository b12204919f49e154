/*
 * targets.h - resolves the names that users type to devices and variants.
 */
#pragma once

#include "worker.h"

#define TARGETS_PREFIX "labs/persistent_decode" /* before a name and ':'; alone: all targets */

/* Variants chosen for one backend, without duplicates. Those of a target are in the order of their
 * rungs. */
struct targets {
    uint32_t count;
    const struct variant *variants[WORKER_RUNS];
    bool by_name[WORKER_RUNS]; /* requested by variant name: if it cannot run, there is no
                                  substitute */
};

/* Parses the value of --device: a backend ("cpu", "cuda") and an optional number (":0"). NULL:
 * the best backend of this build that may be present on this machine. Text that names no device
 * is ERROR_INPUT; a backend missing from this build is ERROR_UNSUPPORTED. Does not check that
 * the device exists. */
bool device_parse(const char *text, enum backend *backend, int *index, struct error *error);

/* Whether times measured on an open device are meaningful. False: *error is ERROR_UNSUPPORTED. */
bool device_can_time(const struct device_info *device, struct error *error);

/* Chooses a device: `named`, as device_parse reads it. If `named` is NULL, `preferred` (NULL: no
 * preference) if its backend may be present; otherwise the best. */
bool device_choose(const char *named, const char *preferred, enum backend *backend, int *index,
                   struct error *error);

/* If the user did not name a device, falls back to the next best backend that may be present. False
 * if there is none, or if *why is not ERROR_UNSUPPORTED (a missing device or variant). */
bool device_fall_back(const struct error *why, enum backend *backend, int *index);

/*
 * Resolves a comma-separated list of targets and variants. Fails with ERROR_INPUT for an unknown
 * name, and suggests the nearest known one. Fails with ERROR_UNSUPPORTED for a variant of another
 * backend, and for a target without variants on this backend.
 */
bool targets_parse(const char *names, enum backend backend, struct targets *targets,
                   struct error *error);

/* Appends the variants of a target on a backend; NULL: of all targets, without hidden variants.
 * False if there are none. */
bool targets_add(const char *target, enum backend backend, struct targets *targets);

/* Appends one variant unless it is already there. `by_name`: the user named the variant itself. */
void targets_add_variant(const struct variant *variant, bool by_name, struct targets *targets);

/* Whether a target has that name. */
bool targets_has(const char *name);

/* Sets *error: no target or variant has that name; suggests the nearest name. Always returns
 * false. */
bool targets_refuse(const char *name, struct error *error);

/* The variant of that name; NULL if there is none. */
const struct variant *variant_find(const char *name);
