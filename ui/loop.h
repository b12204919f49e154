/*
 * loop.h - the explorer, running: keys, snapshots and signals in, frames out.
 */
#ifndef UI_LOOP_H
#define UI_LOOP_H

#include "../src/options.h"

/* Runs the explorer until the user quits or a signal ends it, and prints a summary. Returns the
 * exit status. *signal_number: the signal to die of, 0 if none. A failed start is told in *error
 * and returns its status. */
int explorer_run(const struct options *options, int *signal_number, struct error *error);

#endif
