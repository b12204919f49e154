/*
 * explorer_history.h - fills the history (history.h) while the user works, and handles keys in its
 * view.
 */
#pragma once

#include "explorer.h"

/* Makes the entry of the selected run the present one. Adds it if there is none. */
void explorer_history_follow(struct explorer *explorer);

/* Call before a new request: copies the samples of the present epoch, which the request may end. */
void explorer_history_keep(struct explorer *explorer);

/* Handles an action in the history view. False: the view does not use it. */
bool explorer_act_history(struct explorer *explorer, enum action action);

/* Moves the cursor to an entry. */
void explorer_history_point(struct explorer *explorer, uint32_t entry);
