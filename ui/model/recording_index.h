/*
 * recording_index.h - one line per embedded recording, so that lists need not read the recordings:
 * presets/recordings.tsv. A unit test compares it with the recordings; UPDATE=1 rewrites it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define RECORDING_INDEX "recordings.tsv" /* path below presets/, tab, title, newline */

/* Copies the title of an embedded recording. False: the index lacks that path. */
bool recording_index_find(const char *path, char *title, size_t size);
