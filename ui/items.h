/*
 * items.h - what the overlays offer to choose from.
 */
#ifndef UI_ITEMS_H
#define UI_ITEMS_H

#include "explorer.h"

/* Both return an array of *count items (malloc; NULL and 0 where there is no memory). */

/* Presets: embedded ones, and the user's own. */
struct item *items_presets(const struct explorer *explorer, int *count);

/* Devices of this build, embedded recordings, and recordings named on the command line, each read
 * once. Of these only regular files: another could block. */
struct item *items_devices(struct explorer *explorer, int *count);

#endif
