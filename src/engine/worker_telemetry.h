/*
 * worker_telemetry.h - reads the device's meter during time slices and adds the telemetry to
 * runs. Private to the worker.
 */
#pragma once

#include "turn.h"
#include "watcher.h"

struct worker_telemetry {
    struct watcher *watcher; /* NULL: the device has no meter, or nobody asked to read it */
    bool tried;              /* tried to start the watcher */
    struct run *run;         /* the run being measured; NULL: none */
    struct telemetry before; /* the run's telemetry from earlier time slices */
};

/* Starts the watcher when telemetry is first requested. If that fails, there is no telemetry. */
void worker_telemetry_open(struct worker_telemetry *telemetry, enum backend backend, int device);
void worker_telemetry_close(struct worker_telemetry *telemetry);

/* Call before each iteration. Telemetry begins with the first recorded iteration. */
void worker_telemetry_begin(struct worker_telemetry *telemetry, const struct turn *turn);

/* Counts an iteration that has ended. */
void worker_telemetry_count(const struct worker_telemetry *telemetry);

/* Copies the readings so far into the run. */
void worker_telemetry_take(const struct worker_telemetry *telemetry);

/* Call when the time slice is over or interrupted: takes a last reading. */
void worker_telemetry_end(struct worker_telemetry *telemetry);
