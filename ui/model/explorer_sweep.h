/*
 * explorer_sweep.h - the sweep of a knob, driven by keys and snapshots.
 */
#pragma once

#include "explorer.h"

/* Writes the sweep of the selected knob. If the selected row is recorded: its recorded points.
 * Otherwise: the measured points, or the planned ones. */
void explorer_swept(const struct explorer *explorer, struct swept *swept);

/* Starts a sweep of the selected knob, or ends the running one. */
void explorer_sweep_toggle(struct explorer *explorer);

/* Whether Enter starts or ends a sweep: the sweep is in view and the selected row is live. */
bool explorer_can_sweep(const struct explorer *explorer);

/* Handles Enter while the sweep is in view. */
bool explorer_act_sweep(struct explorer *explorer, enum action action);

/* Requests the first point of a running sweep, unless it was requested already. */
void explorer_sweep_start(struct explorer *explorer);

/* Once the current point is measured, stores its result and requests the next point. */
void explorer_sweep_follow(struct explorer *explorer);
