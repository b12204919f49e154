/*
 * setup_screen.h - the set-up dialog: appearance and keys. Changes apply at once, and persist if
 * the user saves them. The dialog owns the set-up in force; no other code changes the keymap.
 */
#pragma once

#include "../../src/command/options.h"
#include "../../src/command/user_setup.h"

#include <limits.h>

/* `now`: the set-up in force. `saved`: the one to save, without the command line's settings. */
struct setup_screen {
    struct user_setup now, saved;
    bool aside;    /* the set-up file could not be read: saving renames it first */
    bool changed;  /* has changes that are not saved */
    bool captures; /* the next key is bound to the action under the cursor */
};

/* A row of the dialog: a setting, or an action with its keys. */
struct setup_row {
    const char *name, *help, *source;
    char value[48];
    bool is_key;
};

/* Applies the saved set-up and the command line, which overrides it. `broken`: the file could not
 * be read. False: the saved keys are invalid, *error says why, and the default keys apply. */
bool setup_screen_take(struct setup_screen *setup, const struct user_setup *saved, bool broken,
                       const struct options *options, struct error *error);

/* Returns the number of rows; writes the contents of one row. */
int setup_screen_rows(void);
void setup_screen_row(const struct setup_screen *setup, int index, struct setup_row *row);

/* Changes the setting in a row. False: the row is an action with its keys. */
bool setup_screen_turn(struct setup_screen *setup, int index, int direction);

/* Changes the setting in a row; in an action's row, waits for its new key. */
void setup_screen_enter(struct setup_screen *setup, int index);

/* Binds a key to the action in a row, or does nothing if the key is Esc; restores the action's
 * default keys. False: *error. */
bool setup_screen_capture(struct setup_screen *setup, int index, int press, struct error *error);
bool setup_screen_restore(struct setup_screen *setup, int index, struct error *error);

/* Saves the set-up and returns the file's `path`. `kept`: the new name of the unreadable old file;
 * "": there was none. */
bool setup_screen_save(struct setup_screen *setup, char path[PATH_MAX], char kept[PATH_MAX],
                       struct error *error);
