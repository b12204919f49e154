/*
 * recording_index.h - a line on each embedded recording, so that lists need not read them all:
 * presets/recordings.tsv. A unit test compares it with the recordings; UPDATE=1 writes it anew.
 */
#ifndef UI_RECORDING_INDEX_H
#define UI_RECORDING_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#define RECORDING_INDEX "recordings.tsv" /* below presets/: path, tab, title, newline */

/* Copies the title of an embedded recording. False: the index has no such path. */
bool recording_index_find(const char *path, char *title, size_t size);

#endif
