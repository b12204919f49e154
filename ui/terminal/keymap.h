/*
 * keymap.h - the user's key bindings: those of key_table (keys.h), except for actions that the
 * set-up changes. One table per process, for the main thread only.
 *
 * No key has two meanings: binding a key that is in use is refused. Enter, Esc and Ctrl-C are
 * fixed, so that the user can always enter and leave a list, and quit.
 */
#pragma once

#include "../../src/command/user_setup.h"
#include "keys.h"

/* The action's name in the set-up file: "freeze". NULL: none; a test ensures that each action has
 * one. */
const char *action_name(enum action action);

/* The key with that name (as written by press_name, or a character); 0 if there is none. */
int press_parse(const char *name);

/* Resets all actions to key_table. */
void keymap_reset(void);

/* Applies the set-up's keys over key_table. False: *error names the action and the key, and all
 * keys are those of key_table. */
bool keymap_load(const struct user_setup *setup, struct error *error);

/* Writes only the actions with changed keys into the set-up. */
void keymap_store(struct user_setup *setup);

/* Binds the key to an action. It replaces the action's character key; keys such as arrows and F10
 * stay. False: *error says which action has the key, or why it is not allowed. */
bool keymap_bind(enum action action, int press, struct error *error);

/* Resets an action's keys. False: another action now has one of them. */
bool keymap_restore(enum action action, struct error *error);

/* Whether the action's keys differ from key_table. */
bool keymap_changed(enum action action);

/* The first key of an action by name, for sentences: "a". Valid until its keys change. */
const char *action_key(enum action action);
