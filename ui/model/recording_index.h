/*
 * recording_index.h - the titles of the embedded recordings, from presets/recordings.tsv, so that
 * lists need not read the recordings. A unit test compares that file with the recordings; with
 * UPDATE=1 in the environment, the test rewrites it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define RECORDING_INDEX "recordings.tsv" /* in presets/; each line: path, tab, title */

/* Copies the title of an embedded recording. False: the index lacks that path. */
bool recording_index_find(const char *path, char *title, size_t size);
