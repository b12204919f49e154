/*
 * items.h - entries of the lists of presets, devices and recordings.
 */
#pragma once

#include "explorer.h"

/* Appends an item with this name, which is also its label. The array may move. NULL: no memory. */
struct item *items_append(struct item **items, int *count, const char *name);

/* Both return an array of *count items (malloc; NULL and 0 if there is no memory). */

/* The embedded presets, the user's own presets, and the demos, in this order. */
struct item *items_presets(const struct explorer *explorer, int *count);

/* The devices, the embedded recordings, and the recordings named on the command line, in this
 * order. Files are read later (items_read_next), so that a long list opens at once. Pipes cannot be
 * chosen, because reading one again could block. */
struct item *items_devices(const struct explorer *explorer, int *count);

/* Reads the recording that the item names, and writes the title: varied knobs, number of runs and
 * variants, device and date. */
void items_read(struct item *item);

/* Returns the index of the next item in explorer->items to read: the item under the cursor first.
 * -1: all are read. */
int items_unread(const struct explorer *explorer);

/* Reads the item that items_unread returns. Remembers the result, so that each file is read only
 * once. False: all are read. */
bool items_read_next(struct explorer *explorer);
