/*
 * explorer_private.h - functions that many files explorer_*.c share. The others are in the headers
 * of their files.
 */
#pragma once

#include "explorer.h"

/* Shows a sentence in the message line until the next key. If it is too long, it ends in dots. */
void explorer_say(struct explorer *explorer, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Does what a key bound to that action does in the present focus. */
void explorer_do(struct explorer *explorer, enum action action);

/* Sends the request, with the present knobs and selection, to the worker, if there is one. */
void explorer_post(struct explorer *explorer);

/* Widens the axis to the samples of the present run. */
void explorer_widen(struct explorer *explorer);

/* Recomputes the layout after the focus or the number of rows changed. */
void explorer_lay_out(struct explorer *explorer);

/* Selects a row; its variant then runs. */
void explorer_select(struct explorer *explorer, uint32_t index);

void explorer_go_to_view(struct explorer *explorer, enum view_id view);

/* Where keys go, and more precisely (key_modes, key_places) for the footer and the help. */
enum key_mode explorer_mode(const struct explorer *explorer);
unsigned explorer_place(const struct explorer *explorer);
unsigned explorer_panels_place(const struct explorer *explorer); /* ignoring dialogs */

/* Whether the knobs take the whole body. */
bool explorer_shows_knobs(const struct explorer *explorer);
