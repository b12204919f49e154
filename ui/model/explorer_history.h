/*
 * explorer_history.h - the history (history.h) of the explorer: it follows what is looked at, and
 * goes back to an entry.
 */
#ifndef UI_EXPLORER_HISTORY_H
#define UI_EXPLORER_HISTORY_H

#include "explorer.h"

/* Something may be looked at that was not before. */
void explorer_history_follow(struct explorer *explorer);

/* Something else is about to be asked for: keeps what was measured until now. */
void explorer_history_keep(struct explorer *explorer);

/* Another worker follows, which numbers its epochs anew. */
void explorer_history_begin_source(struct explorer *explorer);

/* Does what the action means in the view. False: it means nothing there. */
bool explorer_act_history(struct explorer *explorer, enum action action);

/* Moves the cursor to an entry. */
void explorer_history_point(struct explorer *explorer, uint32_t entry);

#endif
