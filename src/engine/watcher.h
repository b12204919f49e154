/*
 * watcher.h - a thread that reads a device's meter about ten times a second while a variant is
 * measured, and sleeps otherwise.
 *
 * Only one thread, the worker, calls these functions. It waits for the meter only in
 * watcher_end, between time slices. The measured path takes no lock and allocates nothing for
 * it.
 */
#pragma once

#include "telemetry.h"

#define WATCHER_INTERVAL_NS UINT64_C(100000000)

struct watcher;

/* Opens the meter of device `index` and starts the thread. NULL: *error. */
struct watcher *watcher_start(const struct meter *meter, int index, struct error *error);

/* Ends the thread and closes the meter. NULL is allowed. If a driver call keeps the thread busy
 * for more than a second, the thread and its memory are leaked. */
void watcher_stop(struct watcher *watcher);

/* A time slice begins: readings from now on belong to it. Wakes the thread, which reads the
 * meter immediately. `threads`: see struct telemetry. */
void watcher_begin(struct watcher *watcher, uint64_t tokens_per_iteration, uint32_t threads);

/* An iteration has ended. */
void watcher_count(struct watcher *watcher);

/* The telemetry of this time slice so far, into *telemetry. False, and no change, if there is
 * nothing new. */
bool watcher_look(struct watcher *watcher, struct telemetry *telemetry);

/* The time slice is over: waits at most a second for a last reading, and takes it. The thread
 * then sleeps until the next time slice. */
bool watcher_end(struct watcher *watcher, struct telemetry *telemetry);
