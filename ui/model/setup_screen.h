/*
 * setup_screen.h - the set-up dialog: appearance and keys. Changes apply at once, and last if
 * saved. It owns the set-up in force, and only it changes the keymap.
 */
#pragma once

#include "../../src/command/options.h"
#include "../../src/command/user_setup.h"

#include <limits.h>

/* The set-up in force, and the one to save, which lacks what the command line overrides. */
struct setup_screen {
    struct user_setup now, saved;
    bool aside;    /* the file could not be read: saving renames it first */
    bool changed;  /* and not saved yet */
    bool captures; /* the next key is bound to the action under the cursor */
};

/* A row of the dialog: a setting, or an action with its keys. */
struct setup_row {
    const char *name, *help, *source;
    char value[48];
    bool is_key;
};

/* Applies the saved set-up, overridden by the command line. `broken`: the file could not be read.
 * False: its keys are invalid, *error says why, and the default keys apply. */
bool setup_screen_take(struct setup_screen *setup, const struct user_setup *saved, bool broken,
                       const struct options *options, struct error *error);

/* The number of rows, and the contents of one. */
int setup_screen_rows(void);
void setup_screen_row(const struct setup_screen *setup, int index, struct setup_row *row);

/* Changes the setting in a row. False: it is an action's row. */
bool setup_screen_turn(struct setup_screen *setup, int index, int direction);

/* Changes the setting in a row, or waits for an action's key. */
void setup_screen_enter(struct setup_screen *setup, int index);

/* Binds this key to the action in a row (Esc: none); restores the action's default keys. False:
 * *error. */
bool setup_screen_capture(struct setup_screen *setup, int index, int press, struct error *error);
bool setup_screen_restore(struct setup_screen *setup, int index, struct error *error);

/* Saves the set-up and writes its `path`. `kept`: the new name of an unreadable file; "": there was
 * none. */
bool setup_screen_save(struct setup_screen *setup, char path[PATH_MAX], char kept[PATH_MAX],
                       struct error *error);
