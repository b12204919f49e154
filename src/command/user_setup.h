/*
 * user_setup.h - the user's permanent settings of the explorer: theme, frame rate, device, keys.
 * pdlab.setup/1; its schema is presets/schema/pdlab.setup.1.schema.json.
 *
 * The set-up is kept in $XDG_CONFIG_HOME/pdlab/setup.json (default ~/.config/pdlab/setup.json). The
 * command line takes precedence over the set-up, and the set-up over the defaults. Here, actions
 * and keys are only names; the front end gives them a meaning.
 */
#pragma once

#include "options.h"

#include <limits.h>

#define USER_SETUP_SCHEMA  "pdlab.setup/1"
#define USER_SETUP_ACTIONS 96u /* the most actions with changed keys */
#define USER_SETUP_PRESSES 3u  /* most keys of one action */
#define USER_SETUP_FPS     10

/* An action whose keys the user changed. */
struct user_setup_key {
    char action[24];
    char presses[USER_SETUP_PRESSES][16];
    unsigned count; /* number of presses; at least 1 */
};

struct user_setup {
    enum theme_name theme;
    int fps;
    bool mouse, ascii, plain;
    char device[32]; /* in the form of --device; "": the best available */
    unsigned key_count;
    struct user_setup_key keys[USER_SETUP_ACTIONS];
};

/* Sets the defaults. */
void user_setup_reset(struct user_setup *setup);

/* Reads a set-up from text; *error refers to it as `name`. Missing settings get their defaults. */
bool user_setup_parse(const char *text, size_t length, const char *name, struct user_setup *setup,
                      struct error *error);

/* Returns the text that user_setup_parse reads (malloc). NULL: out of memory. */
char *user_setup_print(const struct user_setup *setup, size_t *length);

/* Writes the path of the set-up. False: neither a variable nor a home defines one. */
bool user_setup_path(char path[PATH_MAX], struct error *error);

/* Reads the user's set-up. If there is no file, or no path for it, *setup is all defaults. False:
 * *error, one sentence, and *setup is all defaults. */
bool user_setup_read(struct user_setup *setup, struct error *error);

/* Writes the user's set-up, whole or not at all. An existing file that is unreadable, or any
 * existing file if `aside`, is first renamed. *kept is its new path, or "" if none was renamed. */
bool user_setup_write(const struct user_setup *setup, bool aside, char kept[PATH_MAX],
                      struct error *error);

/* Overwrites the settings that the command line gives. */
void user_setup_override(struct user_setup *setup, const struct options *options);
