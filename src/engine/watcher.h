/*
 * watcher.h - the side thread that reads a device's meter, about ten times a second, while
 * something is measured. In between it sleeps; so it does where nothing is.
 *
 * One thread, the worker, calls these. It never waits for the meter but in watcher_end, which is
 * called between turns. What is measured locks and allocates nothing for it.
 */
#ifndef SRC_WATCHER_H
#define SRC_WATCHER_H

#include "telemetry.h"

#define WATCHER_INTERVAL_NS UINT64_C(100000000)

struct watcher;

/* Opens the meter of device `index` and starts the thread. NULL: *error says why. */
struct watcher *watcher_start(const struct meter *meter, int index, struct error *error);

/* Ends the thread, closes the meter. NULL is fine. A thread that a driver does not let go of within
 * a second is left behind, with all that it has. */
void watcher_stop(struct watcher *watcher);

/* A turn begins: what is read from now on is its telemetry. Wakes the thread, which reads once at
 * once. `threads`: see struct telemetry. */
void watcher_begin(struct watcher *watcher, uint64_t tokens_per_iteration, uint32_t threads);

/* An iteration has ended. */
void watcher_count(struct watcher *watcher);

/* The turn's telemetry so far, into *telemetry. False, and no change, if there is nothing new. */
bool watcher_look(struct watcher *watcher, struct telemetry *telemetry);

/* The turn is over: waits for a last reading, a second at most, and looks. The thread then sleeps
 * until the next turn. */
bool watcher_end(struct watcher *watcher, struct telemetry *telemetry);

#endif
