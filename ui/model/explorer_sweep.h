/*
 * explorer_sweep.h - the sweep of a knob, as keys and snapshots have it.
 */
#ifndef UI_EXPLORER_SWEEP_H
#define UI_EXPLORER_SWEEP_H

#include "explorer.h"

/* The sweep of the selected knob: what was recorded, where the selected row is of a recording, else
 * what was measured, or will be. */
void explorer_swept(const struct explorer *explorer, struct swept *swept);

/* Begins the sweep of the selected knob, or ends the one that runs. */
void explorer_sweep_toggle(struct explorer *explorer);

/* Whether Enter begins or ends a sweep: it is in view, and what is selected is not recorded. */
bool explorer_can_sweep(const struct explorer *explorer);

/* Takes Enter while the sweep is in view. */
bool explorer_act_sweep(struct explorer *explorer, enum action action);

/* Asks for its first point, if that was not done yet. */
void explorer_sweep_start(struct explorer *explorer);

/* Takes the point that was measured, if it is, and goes to the next. */
void explorer_sweep_follow(struct explorer *explorer);

#endif
