/*
 * explorer_demos.h - demos that are started in the explorer, and the way back to what was looked at
 * before. explorer_demo.c plays them.
 */
#ifndef UI_EXPLORER_DEMOS_H
#define UI_EXPLORER_DEMOS_H

#include "explorer.h"

/* The index-th embedded demo's name and title; false: there are not so many. */
bool explorer_demos_find(size_t index, char *name, size_t size, char *title);

/* Opens the list of presets and demos, with the cursor on the first demo. */
void explorer_demos_list(struct explorer *explorer);

/* Starts the embedded demo. False: *error, and what was looked at stays. */
bool explorer_demos_start(struct explorer *explorer, const char *name, struct error *error);

/* Leaves a demo that was started here, and goes back to what was looked at before. False: there is
 * none to leave. */
bool explorer_demos_leave(struct explorer *explorer);

/* Something else is opened instead: no demo plays any longer, and there is no way back. */
void explorer_demos_forget(struct explorer *explorer);

/* Frees what it holds. */
void explorer_demos_close(struct explorer *explorer);

#endif
