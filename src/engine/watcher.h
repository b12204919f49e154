/*
 * watcher.h - a thread that reads a device's meter about ten times a second while a variant is
 * measured, and sleeps otherwise.
 *
 * Only one thread, the worker, calls these functions. The worker waits for the meter only in
 * watcher_end, between time slices. The measured path takes no lock and allocates no memory for the
 * meter.
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

/* Begins a time slice, to which all later readings belong. Wakes the thread, which reads the meter
 * immediately. `threads`: see struct telemetry. */
void watcher_begin(struct watcher *watcher, uint64_t tokens_per_iteration, uint32_t threads);

/* Counts an iteration that has ended. */
void watcher_count(struct watcher *watcher);

/* Copies the telemetry of this time slice so far to *telemetry. False, without a change, if there
 * is nothing new. */
bool watcher_look(struct watcher *watcher, struct telemetry *telemetry);

/* Ends the time slice: waits at most a second for a last reading, then does what watcher_look does.
 * The thread sleeps until the next time slice. */
bool watcher_end(struct watcher *watcher, struct telemetry *telemetry);
