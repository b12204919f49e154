/*
 * loop.h - runs the explorer: takes keys, snapshots and signals, and draws frames.
 */
#pragma once

#include "../src/command/user_setup.h"

/* How the explorer ended. */
struct explorer_end {
    bool lost;          /* a device was lost: the process must end without exit handlers */
    struct error error; /* why the explorer could not start, or restart */
};

/* Runs the explorer until the user quits, and prints a summary. If a signal ends it, saves the
 * state and ends the process by that signal. If a variant crashes the device, the process restarts
 * itself into the same state. `setup` is the user's set-up; options override it. *broken says why
 * the set-up file could not be read (kind ERROR_NONE: it was read); the screen shows that. */
void explorer_run(const struct options *options, const struct user_setup *setup,
                  const struct error *broken, struct explorer_end *end);
