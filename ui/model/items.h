/*
 * items.h - entries of the lists to choose from.
 */
#pragma once

#include "explorer.h"

/* Appends an item with this name, which is also its label. The array may move. NULL: no memory. */
struct item *items_append(struct item **items, int *count, const char *name);

/* Both return an array of *count items (malloc; NULL and 0 if there is no memory). */

/* Presets: the embedded ones, then the user's own; then the demos. */
struct item *items_presets(const struct explorer *explorer, int *count);

/* Devices of this build, embedded recordings, and recordings named on the command line (regular
 * files only: reading a pipe could block). The latter are not read yet, so that a long list opens
 * at once. */
struct item *items_devices(const struct explorer *explorer, int *count);

/* Reads the recording that the item names, and writes its title: varied knobs, runs, variants,
 * device and date. */
void items_read(struct item *item);

/* The next of explorer->items to read, the one under the cursor first; -1: all are read. */
int items_unread(const struct explorer *explorer);

/* Reads it. Each file is read once. False: all are read. */
bool items_read_next(struct explorer *explorer);
