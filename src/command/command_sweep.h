/*
 * command_sweep.h - a sweep in progress: writes its plan, then measures the missing points.
 * Private to pdlab sweep.
 *
 *     command_sweep.c          the command
 *     command_sweep_begin.c    a new plan, from the command line
 *     command_sweep_measure.c  the missing points
 */
#pragma once

#include "../harness/isolate.h"
#include "../harness/rounds.h"
#include "../harness/sweep_folder.h"
#include "../harness/sweep_shard.h"
#include "../harness/sweep_table.h"
#include "options.h"

#define SWEEP_OUT_DEFAULT "artifacts"
#define SWEEP_FOLDER_ROOM (SWEEP_PATH_ROOM - 64u) /* leaves room for the names inside */

struct sweep_work {
    const struct options *options;
    struct sweep_shard shard;
    char folder[SWEEP_FOLDER_ROOM];
    struct sweep sweep;
    struct sweep_results results;
    struct isolate isolate; /* its task is NULL until the device is needed */
    struct rounds rounds;   /* the rounds of the current point */
    int lock;               /* -1: not locked */
};

/* Writes a new plan to the folder, which is named after the plan unless the options name it. */
bool command_sweep_begin(struct sweep_work *work, struct error *error);

/* Opens the device for the plan's variants. */
bool command_sweep_open_device(struct sweep_work *work, enum backend backend, int device,
                               struct error *error);

/* Returns the number of points of this shard that are still to be measured. */
uint32_t command_sweep_missing(const struct sweep_work *work);

/* Measures the missing points, and writes and prints each when it is finished, until an
 * interruption. */
bool command_sweep_measure(struct sweep_work *work, struct error *error);
