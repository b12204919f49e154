/*
 * sweep_agree.h - checks whether a command line agrees with the plan in a sweep's folder. Points
 * of two different plans must not be mixed in one folder.
 */
#pragma once

#include "../harness/sweep.h"
#include "options.h"

#define SWEEP_TEXT_ROOM 1024u

/* Adds the knobs of --vary to the plan. */
bool sweep_take_axes(const struct options *options, struct sweep *sweep, struct error *error);

/* Whether everything that the command line gives equals the plan of `folder`: --vary, targets,
 * device and knobs. What it does not give comes from the plan. False: *error says what differs, and
 * how. */
bool sweep_agrees(const struct sweep *plan, const char *folder, const struct options *options,
                  struct error *error);

/* Whether the build, the model and the kind of device are the same as when the sweep began. They
 * must be, because the points of a sweep are compared with each other. */
bool sweep_same_origin(const struct sweep *plan, const char *folder,
                       const struct device_info *device, struct error *error);

/* Writes the axes: "SEQ_LEN=16,32,64 BATCH=1,8", truncated. */
const char *sweep_format_axes(const struct sweep *sweep, char text[SWEEP_TEXT_ROOM]);

/* Writes the variants: "cpu_per_token,cpu_graph", truncated. */
const char *sweep_format_variants(const struct sweep *sweep, char text[SWEEP_TEXT_ROOM]);
