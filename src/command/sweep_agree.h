/*
 * sweep_agree.h - what a command line asks of a sweep, and whether that is the plan that a folder
 * holds. Points measured under two plans must not meet in one folder.
 */
#ifndef SRC_SWEEP_AGREE_H
#define SRC_SWEEP_AGREE_H

#include "../harness/sweep.h"
#include "options.h"

#define SWEEP_TEXT_ROOM 1024u

/* Adds the knobs that --vary names. */
bool sweep_take_axes(const struct options *options, struct sweep *sweep, struct error *error);

/* Whether all that the command line names is as the plan of `folder` has it: --vary, targets,
 * device and knobs. What it leaves open is the plan's. False: *error says what differs, and how. */
bool sweep_agrees(const struct sweep *plan, const char *folder, const struct options *options,
                  struct error *error);

/* Whether this build on `device` is what began the plan: points of a sweep are compared with each
 * other. */
bool sweep_same_origin(const struct sweep *plan, const char *folder,
                       const struct device_info *device, struct error *error);

/* "SEQ_LEN=16,32,64 BATCH=1,8", cut at the buffer's end. */
const char *sweep_format_axes(const struct sweep *sweep, char text[SWEEP_TEXT_ROOM]);

/* "cpu_per_token,cpu_graph" */
const char *sweep_format_variants(const struct sweep *sweep, char text[SWEEP_TEXT_ROOM]);

#endif
