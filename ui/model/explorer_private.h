/*
 * explorer_private.h - functions that many of the explorer_*.c files call.
 */
#pragma once

#include "explorer.h"

/* Shows a sentence in the message line until the next key. If it is too long, it ends in dots. */
void explorer_say(struct explorer *explorer, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Carries out an action as if its key had been pressed with the present focus. */
void explorer_do(struct explorer *explorer, enum action action);

/* If there is a worker, sends it the request with the present knobs and selection. */
void explorer_post(struct explorer *explorer);

/* Widens the time axes to the samples of the selected and the tagged rows. */
void explorer_widen(struct explorer *explorer);

/* Recomputes the layout after the focus or the number of rows changed. */
void explorer_lay_out(struct explorer *explorer);

/* Selects a row. If it is live, its variant starts to run. */
void explorer_select(struct explorer *explorer, uint32_t index);

void explorer_go_to_view(struct explorer *explorer, enum view_id view);

/* What the keys act on: a key_modes value, and the finer key_places for the footer and the help. */
enum key_mode explorer_mode(const struct explorer *explorer);
unsigned explorer_place(const struct explorer *explorer);
unsigned explorer_panels_place(const struct explorer *explorer); /* as if no dialog were open */

/* Whether the knobs take the whole body of the screen. */
bool explorer_shows_knobs(const struct explorer *explorer);
