/*
 * explorer_open.h - what the explorer looks at, and how it goes on from a saved state.
 */
#ifndef UI_EXPLORER_OPEN_H
#define UI_EXPLORER_OPEN_H

#include "explorer.h"

/* Looks at something else. False: *error, and what was looked at stays, unless the device itself
 * could not be opened. */
bool explorer_open_live(struct explorer *explorer, enum backend backend, int index,
                        struct error *error);
bool explorer_open_recording(struct explorer *explorer, const char *path, struct error *error);

/* Begins to look for recordings of GPUs beside the variants of a CPU. */
void explorer_fill_shelf(struct explorer *explorer);

/* Goes on from the saved state. False: *error. */
bool explorer_restore(struct explorer *explorer, struct error *error);

/* The run that took the device with it; NULL if none has. */
const struct run *explorer_lost_run(const struct explorer *explorer);

/* Counts a lost device, and writes how it was lost to losses.log. */
void explorer_note_loss(struct explorer *explorer, const struct run *lost);

/* Loads a preset: its knobs over the defaults, under what the command line and environment set. */
bool explorer_load_preset(struct explorer *explorer, const char *name, struct error *error);

/* The same when a user chose it: says so if that leaves a recording. */
bool explorer_choose_preset(struct explorer *explorer, const char *name, struct error *error);

#endif
