/*
 * worker_telemetry.h - the device's meter, read during turns, and the telemetry that runs get from
 * it. Private to the worker.
 */
#ifndef SRC_WORKER_TELEMETRY_H
#define SRC_WORKER_TELEMETRY_H

#include "turn.h"
#include "watcher.h"

struct worker_telemetry {
    struct watcher *watcher; /* NULL: the device has no meter, or nobody wanted it read */
    bool tried;              /* to start the watcher */
    struct run *run;         /* whose turn's telemetry is being read; NULL: nobody's */
    struct telemetry before; /* of its earlier turns */
};

/* Starts the watcher, the first time that telemetry is wanted. If it can't start there is none. */
void worker_telemetry_open(struct worker_telemetry *telemetry, enum backend backend, int device);
void worker_telemetry_close(struct worker_telemetry *telemetry);

/* An iteration of the turn is about to begin. Telemetry begins with the first one that is recorded.
 */
void worker_telemetry_begin(struct worker_telemetry *telemetry, const struct turn *turn);

/* An iteration has ended. */
void worker_telemetry_count(const struct worker_telemetry *telemetry);

/* Puts the readings so far into the run. */
void worker_telemetry_take(const struct worker_telemetry *telemetry);

/* The turn is over or interrupted: takes a last reading. */
void worker_telemetry_end(struct worker_telemetry *telemetry);

#endif
