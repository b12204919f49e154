/*
 * overlay.h - kinds of dialogs, and a row of a list to choose from.
 */
#pragma once

#include <stdbool.h>

enum overlay {
    OVERLAY_NONE,
    OVERLAY_HELP,
    OVERLAY_PRESETS,
    OVERLAY_DEVICES,
    OVERLAY_SETUP,
    OVERLAY_VALUE,
    OVERLAY_FILTER,
    OVERLAY_PALETTE,
    OVERLAY_COPY, /* a list of texts to copy */
    OVERLAY_TEXT  /* a text to read */
};

#define COPY_MOST 4096u /* bytes of a text to copy or show, at most */

/* A row of a list to choose from. */
struct item {
    char name[256];   /* what Enter opens: a preset's name, a device's id or a recording's path */
    char label[256];  /* the name that the list shows */
    char title[400];  /* description, in parts (words_fit), the most specific part first */
    char detail[480]; /* shown below the list while the cursor is on the item: what Enter does,
                         and more; "": nothing */
    bool recording, demo;
    bool unread; /* a recording that has not been read yet */
    bool in_use; /* it is open */
    bool broken; /* it cannot be chosen: `title` says why */
};
