/*
 * explorer_demo.h - a demo that plays on the explorer.
 */
#ifndef UI_EXPLORER_DEMO_H
#define UI_EXPLORER_DEMO_H

#include "explorer.h"

/* Opens a demo: live, unless the device is the CPU, else its recording. `demo` must outlive it. */
bool explorer_open_demo(struct explorer *explorer, const struct demo *demo, struct error *error);

/* Goes on with its recording, from the present scene. False: *error. */
bool explorer_demo_recorded(struct explorer *explorer, struct error *error);

/* To the next scene (1) or the one before (-1). */
void explorer_demo_step(struct explorer *explorer, int direction);

/* A key: stops the scene's clock, so that who touches the program is not interrupted. True: it was
 * the one that pauses the demo or lets it go on, and what it replays, and does nothing else. */
bool explorer_demo_touch(struct explorer *explorer, enum action action);

/* As explorer_tick, for the next scene. */
bool explorer_demo_tick(struct explorer *explorer, uint64_t now_ns);

#endif
