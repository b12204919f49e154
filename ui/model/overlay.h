/*
 * overlay.h - what lies on top of the panels, and the rows of a list to choose from.
 */
#ifndef UI_OVERLAY_H
#define UI_OVERLAY_H

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
    OVERLAY_COPY, /* a list of what can be copied */
    OVERLAY_TEXT  /* a text to be read */
};

#define COPY_MOST 4096u /* bytes of a text that is copied, or shown instead */

/* A row of a list to choose from. */
struct item {
    char name[256];   /* what is opened: a preset's name, a device's id, a recording's path */
    char label[256];  /* what the list calls it */
    char title[400];  /* what it is: parts (words_fit), what tells it from the others first */
    char detail[480]; /* what Enter does, and more, while the cursor is on it; "" for none */
    bool recording, demo;
    bool unread; /* a recording that has yet to be looked into */
    bool in_use; /* it is what is looked at */
    bool broken; /* it can't be chosen: `title` says why */
};

#endif
