/*
 * user_setup.h - what the user wants of the explorer every time: how it looks, how often it is
 * drawn, which keys do what. pdlab.setup/1; presets/schema/pdlab.setup.1.schema.json is its schema.
 *
 * It is kept in $XDG_CONFIG_HOME/pdlab/setup.json (~/.config without it). The command line outranks
 * it, and it the defaults. What actions and keys there are is the front end's: here they are names.
 */
#ifndef SRC_USER_SETUP_H
#define SRC_USER_SETUP_H

#include "options.h"

#include <limits.h>

#define USER_SETUP_SCHEMA  "pdlab.setup/1"
#define USER_SETUP_ACTIONS 96u /* whose keys are others than by default, at most */
#define USER_SETUP_PRESSES 3u  /* of an action */
#define USER_SETUP_FPS     10

/* An action whose keys the user chose. */
struct user_setup_key {
    char action[24];
    char presses[USER_SETUP_PRESSES][16];
    unsigned count; /* of presses; at least 1 */
};

struct user_setup {
    enum theme_name theme;
    int fps;
    bool mouse, ascii, plain;
    char device[32]; /* as --device takes it; "": the best there is */
    unsigned key_count;
    struct user_setup_key keys[USER_SETUP_ACTIONS];
};

/* The defaults. */
void user_setup_reset(struct user_setup *setup);

/* Reads one from text; `name` is what *error calls it. What is missing is what it is by default. */
bool user_setup_parse(const char *text, size_t length, const char *name, struct user_setup *setup,
                      struct error *error);

/* The text that user_setup_parse reads (malloc). NULL: there is no memory. */
char *user_setup_print(const struct user_setup *setup, size_t *length);

/* Where it is kept. False: nothing says where. */
bool user_setup_path(char path[PATH_MAX], struct error *error);

/* Reads the user's. Where there is none, and where nothing says where it would be, it is all
 * defaults. False: *error, in one sentence, and it is all defaults. */
bool user_setup_read(struct user_setup *setup, struct error *error);

/* Writes the user's, whole or not at all. One that is there and can't be read, or `aside`, is not
 * overwritten: it is renamed first, and *kept is its new path ("" where there was nothing to keep).
 */
bool user_setup_write(const struct user_setup *setup, bool aside, char kept[PATH_MAX],
                      struct error *error);

/* Sets what the command line asks for. */
void user_setup_override(struct user_setup *setup, const struct options *options);

#endif
