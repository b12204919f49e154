/*
 * explorer_demos.h - demos started from within the explorer, and the return to the previous screen.
 * explorer_demo.c plays them.
 */
#pragma once

#include "explorer.h"

/* Writes the name and title of embedded demo `index`; false: no such demo. */
bool explorer_demos_find(size_t index, char *name, size_t size, char *title);

/* Opens the list of presets and demos, with the cursor on the first demo. */
void explorer_demos_list(struct explorer *explorer);

/* Starts an embedded demo. False: *error, and the screen stays as it is. */
bool explorer_demos_start(struct explorer *explorer, const char *name, struct error *error);

/* Ends a demo that explorer_demos_start started, and returns to the previous screen. False: no such
 * demo plays. */
bool explorer_demos_leave(struct explorer *explorer);

/* Call before another source opens: ends the demo and forgets the previous screen. */
void explorer_demos_forget(struct explorer *explorer);

void explorer_demos_close(struct explorer *explorer);
