/*
 * explorer_open.h - opens devices, recordings and presets, and continues from a saved state.
 */
#pragma once

#include "explorer.h"

/* Opens a device or a recording. False: *error, and the previous source stays open. Exception: a
 * device that cannot be opened has already replaced it. */
bool explorer_open_live(struct explorer *explorer, enum backend backend, int index,
                        struct error *error);
bool explorer_open_recording(struct explorer *explorer, const char *path, struct error *error);

/* Starts looking for recordings of GPUs to list below the live variants of a CPU. */
void explorer_fill_shelf(struct explorer *explorer);

/* Continues from the saved state. False: *error. */
bool explorer_restore(struct explorer *explorer, struct error *error);

/* The run that crashed the device; NULL: none. */
const struct run *explorer_lost_run(const struct explorer *explorer);

/* Counts a lost device, and writes the cause to losses.log. */
void explorer_note_loss(struct explorer *explorer, const struct run *lost);

/* Loads a preset: its knobs override the defaults; the command line and the environment override
 * the preset. */
bool explorer_load_preset(struct explorer *explorer, const char *name, struct error *error);

/* Loads the preset that the user chose. If this closed a recording, says so. */
bool explorer_choose_preset(struct explorer *explorer, const char *name, struct error *error);
