/*
 * explorer_private.h - what all of the files explorer_*.c do to the explorer; what each has for the
 * others is in its own header.
 */
#ifndef UI_EXPLORER_PRIVATE_H
#define UI_EXPLORER_PRIVATE_H

#include "explorer.h"

/* Puts a sentence into the message line, until the next key. One that was cut ends in dots. */
void explorer_say(struct explorer *explorer, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What a key of that action does to what has the keys now. */
void explorer_do(struct explorer *explorer, enum action action);

/* Hands the request, with the present knobs and selection, to the worker if there is one. */
void explorer_post(struct explorer *explorer);

/* Makes the axis hold the samples of the run that is looked at now. */
void explorer_widen(struct explorer *explorer);

/* Lays the panels out again after the focus or the number of rows changed. */
void explorer_lay_out(struct explorer *explorer);

/* Selects a row; a variant then runs. */
void explorer_select(struct explorer *explorer, uint32_t index);

void explorer_go_to_view(struct explorer *explorer, enum view_id view);

/* What the keys go to; and more exactly where that is, for what the footer and the help offer:
 * key_modes and key_places. */
enum key_mode explorer_mode(const struct explorer *explorer);
unsigned explorer_place(const struct explorer *explorer);
unsigned explorer_panels_place(const struct explorer *explorer); /* whatever lies on top */

/* Whether the knobs have the whole body. */
bool explorer_shows_knobs(const struct explorer *explorer);

#endif
