/*
 * items.h - what the overlays offer to choose from.
 */
#ifndef UI_ITEMS_H
#define UI_ITEMS_H

#include "explorer.h"

/* Both return an array of *count items (malloc; NULL and 0 where there is no memory). */

/* Presets: embedded ones, and the user's own; below them the demos. */
struct item *items_presets(const struct explorer *explorer, int *count);

/* Devices of this build, embedded recordings, and recordings named on the command line. Of these
 * only regular files: another could block. What is in the recordings of the command line has yet
 * to be read: many of them must not keep the list waiting. */
struct item *items_devices(const struct explorer *explorer, int *count);

/* Looks into the recording that the item names, and writes its title: which knobs vary, how many
 * runs of how many variants, device and date. */
void items_read(struct item *item);

/* The next of explorer->items to look into, the one under the cursor first; -1 where none is left.
 */
int items_unread(const struct explorer *explorer);

/* Looks into it. Each file is read once. */
void items_read_next(struct explorer *explorer);

#endif
