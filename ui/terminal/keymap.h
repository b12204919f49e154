/*
 * keymap.h - which keys do what, as the user has it: those of key_table (keys.h), but for actions
 * that the set-up gives others. One for the process, as the keyboard is; the main thread's alone.
 *
 * No key means two things: one that has a meaning already is refused. Enter, Esc and Ctrl-C stay
 * what they are, so that there is always a way into a list, out of it, and out of the program.
 */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include "../../src/command/user_setup.h"
#include "keys.h"

/* The action's name in the set-up's file: "freeze". NULL: it has none (a test sees to that). */
const char *action_name(enum action action);

/* The key of that name (as press_name writes it, or a character); 0 if there is none. */
int press_parse(const char *name);

/* All actions as key_table has them. */
void keymap_reset(void);

/* The set-up's keys over those of key_table. False: *error names the action and the key, and all
 * stays as in key_table. */
bool keymap_load(const struct user_setup *setup, struct error *error);

/* Writes the actions whose keys are others than in key_table into the set-up, and no others. */
void keymap_store(struct user_setup *setup);

/* Gives an action this key in the place of its letter; keys that are no characters stay. False:
 * *error says which action has it already, or why it can't be one. */
bool keymap_bind(enum action action, int press, struct error *error);

/* Gives an action its own keys back. False: another has got one of them meanwhile. */
bool keymap_restore(enum action action, struct error *error);

/* Whether its keys are others than in key_table. */
bool keymap_changed(enum action action);

/* The first key of an action by name, for sentences: "a". Lives until its keys change. */
const char *action_key(enum action action);

#endif
