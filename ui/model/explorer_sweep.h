/*
 * explorer_sweep.h - the sweep of a knob, driven by keys and snapshots.
 */
#pragma once

#include "explorer.h"

/* The sweep of the selected knob: as recorded, if the selected row is recorded; otherwise as
 * measured, or as it will be. */
void explorer_swept(const struct explorer *explorer, struct swept *swept);

/* Starts a sweep of the selected knob, or ends the running one. */
void explorer_sweep_toggle(struct explorer *explorer);

/* Whether Enter starts or ends a sweep: the sweep is in view and the selected row is live. */
bool explorer_can_sweep(const struct explorer *explorer);

/* Handles Enter while the sweep is in view. */
bool explorer_act_sweep(struct explorer *explorer, enum action action);

/* Requests the first point, if that has not been done. */
void explorer_sweep_start(struct explorer *explorer);

/* Takes the present point once it is measured, and requests the next. */
void explorer_sweep_follow(struct explorer *explorer);
