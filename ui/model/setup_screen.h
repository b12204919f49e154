/*
 * setup_screen.h - the set-up on the screen: what it looks like and which keys do what, changed at
 * once, kept when it is saved. It owns the set-up that is in force, and the keymap is its to
 * change.
 */
#ifndef UI_SETUP_SCREEN_H
#define UI_SETUP_SCREEN_H

#include "../../src/command/options.h"
#include "../../src/command/user_setup.h"

#include <limits.h>

/* The set-up as it is in force, and as it will be saved: without what the command line outranks. */
struct setup_screen {
    struct user_setup now, saved;
    bool aside;    /* the file could not be read: saving keeps it under another name */
    bool changed;  /* and not saved yet */
    bool captures; /* the next key becomes the action's under the cursor */
};

/* A row of it: a setting, or an action with its keys. */
struct setup_row {
    const char *name, *help, *source;
    char value[48];
    bool is_key;
};

/* Takes over what was saved, of which `broken` says that it could not be read, with what the
 * command line outranks. False: its keys are refused, *error says why, and they are as without it.
 */
bool setup_screen_take(struct setup_screen *setup, const struct user_setup *saved, bool broken,
                       const struct options *options, struct error *error);

/* How many rows it has, and what stands in one. */
int setup_screen_rows(void);
void setup_screen_row(const struct setup_screen *setup, int index, struct setup_row *row);

/* Changes the setting in a row. False: it is an action's row. */
bool setup_screen_turn(struct setup_screen *setup, int index, int direction);

/* Changes the setting in a row, or waits for an action's key. */
void setup_screen_enter(struct setup_screen *setup, int index);

/* Gives the action in a row this key; Esc: none. Takes its own keys back. False: *error. */
bool setup_screen_capture(struct setup_screen *setup, int index, int press, struct error *error);
bool setup_screen_restore(struct setup_screen *setup, int index, struct error *error);

/* Saves it, in `path`. `kept`: where the file went that could not be read; "" if there was none. */
bool setup_screen_save(struct setup_screen *setup, char path[PATH_MAX], char kept[PATH_MAX],
                       struct error *error);

#endif
