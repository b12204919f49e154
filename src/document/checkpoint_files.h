/*
 * checkpoint_files.h - maps the files that contain a checkpoint's tensors: one file, or the shards
 * that the index lists. Private to checkpoint.c.
 */
#pragma once

#include "checkpoint.h"

#include <limits.h>

#define CHECKPOINT_SHOWN 160u /* length to which a message cuts a path */

/* Writes "FOLDER/NAME". Returns false and sets *error if the path is too long. */
bool checkpoint_path(const char *folder, const char *name, char path[PATH_MAX],
                     struct error *error);

/* Maps the files of the folder into checkpoint->files. On failure, returns false and sets *error;
 * the caller must call checkpoint_unmap_files even then. */
bool checkpoint_map_files(struct checkpoint *checkpoint, const char *folder, struct error *error);

/* Unmaps the files and frees their list. */
void checkpoint_unmap_files(struct checkpoint *checkpoint);
