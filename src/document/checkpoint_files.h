/*
 * checkpoint_files.h - the files of a checkpoint's tensors: one, or the shards of an index. Private
 * to checkpoint.c.
 */
#pragma once

#include "checkpoint.h"

#include <limits.h>

#define CHECKPOINT_SHOWN 160u /* room for a path in a message */

/* Writes "FOLDER/NAME". False: *error, it is too long. */
bool checkpoint_path(const char *folder, const char *name, char path[PATH_MAX],
                     struct error *error);

/* Maps the files of the folder into checkpoint->files. False: *error; the caller still calls
 * checkpoint_unmap_files. */
bool checkpoint_map_files(struct checkpoint *checkpoint, const char *folder, struct error *error);

/* Unmaps the files and frees their list. */
void checkpoint_unmap_files(struct checkpoint *checkpoint);
