/*
 * explorer_demo.h - plays a demo in the explorer.
 */
#pragma once

#include "explorer.h"

/* Opens a demo on the device or, if that is the CPU, opens the demo's recording. `demo` must
 * outlive the explorer. */
bool explorer_open_demo(struct explorer *explorer, const struct demo *demo, struct error *error);

/* Opens the demo's recording and continues at the present scene. False: *error. */
bool explorer_demo_recorded(struct explorer *explorer, struct error *error);

/* Goes to the next scene (1) or the previous one (-1). */
void explorer_demo_step(struct explorer *explorer, int direction);

/* Call before a key takes effect: stops the scene's clock, so that the demo does not interrupt the
 * user. True: the key paused or resumed the demo and its replay, and must have no other effect. */
bool explorer_demo_touch(struct explorer *explorer, enum action action);

/* Like explorer_tick: shows the next scene when its time has come. */
bool explorer_demo_tick(struct explorer *explorer, uint64_t now_ns);
