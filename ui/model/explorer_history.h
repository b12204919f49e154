/*
 * explorer_history.h - fills the history (history.h) as the user works, and returns to an entry.
 */
#pragma once

#include "explorer.h"

/* The selection may have changed: adds an entry if it has. */
void explorer_history_follow(struct explorer *explorer);

/* Call before a new request: copies what was measured until now. */
void explorer_history_keep(struct explorer *explorer);

/* Handles an action in the history view. False: the view does not use it. */
bool explorer_act_history(struct explorer *explorer, enum action action);

/* Moves the cursor to an entry. */
void explorer_history_point(struct explorer *explorer, uint32_t entry);
