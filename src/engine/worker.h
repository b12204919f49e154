/*
 * worker.h - the thread that owns the device and runs the variants.
 *
 * Callers use it in two ways. They post a request, which says what to measure; the latest request
 * wins. They look at a snapshot, which says what has been measured; the worker publishes a new
 * snapshot at least every 33 ms while something runs, even inside a long iteration. Neither side
 * ever waits for the other.
 *
 * One thread may post and look (the front end's main thread, or the harness).
 */
#pragma once

#include "run.h"

#define WORKER_RUNS 32u /* variants in one request */

/* What to measure. Changing knobs or device begins a new epoch for every run; other changes do
 * not. */
struct request {
    uint64_t id; /* set by worker_post; snapshots that answer the request repeat it */
    struct knobs knobs;
    uint32_t count;
    const struct variant *variants[WORKER_RUNS];
    /* The plan of variants[0] with these knobs; read when the variant's epoch begins. NULL: the
     * worker plans variants[0], as it plans the other variants. */
    const struct plan *plan;
    uint32_t selected; /* the selected run, an index into variants */
    uint32_t tagged;   /* 1 << index: the tagged runs and the selected run get time slices in random
                          order. Each slice prepares its variant anew and is a unit of run.turns */
    bool survey; /* after a time slice of the selected run, give every other run one short time
                    slice. If no run is tagged, give the selected run as many time slices as a
                    verdict needs */
    bool paused;
    bool yields;       /* each time slice uses up a grant; after it the device is released and
                          nothing runs (WORKER_IDLE) until the next grant */
    uint32_t grants;   /* changing this number grants one time slice */
    bool no_telemetry; /* do not read the device's meter */
    uint32_t resets;   /* changing this number begins a new epoch for the selected run */

    /* The device's ceilings, from which floors are computed. Measured before anything runs. */
    struct ceilings ceilings; /* this device's ceilings, if the caller knows them; all 0: use the
                                 stored ceilings */
    uint32_t measures; /* 0: never measure; otherwise measure the ceilings if they are unknown, and
                          store them. Changing this number measures them again */
};

enum worker_state {
    WORKER_OPENING, /* the device is being opened */
    WORKER_FAILED, /* the device could not be opened or is lost (ERROR_LOST), or memory ran out; see
                      error */
    WORKER_IDLE,   /* nothing to do: paused, done, or no run can run */
    WORKER_RUNNING,   /* an iteration is running or about to */
    WORKER_STALLED,   /* the device has made no progress for two seconds */
    WORKER_MEASURING, /* measuring the device's ceilings, which takes about a second */
};

struct snapshot {
    uint64_t number;     /* grows by one with each snapshot */
    uint64_t request_id; /* the request that it answers; 0: none yet */
    enum worker_state state;
    struct error error; /* why the state is WORKER_FAILED */
    bool paused;
    uint32_t selected, active; /* indices into runs: the requested run, and the one that has the
                                  device now */
    struct device_info device;
    struct ceilings ceilings; /* the device's ceilings; all 0: unknown */
    uint32_t measures;       /* `measures` of the request that these ceilings answer; 0: none yet */
    struct error unmeasured; /* why the ceilings were not measured or stored: a sentence */
    uint32_t count;
    struct run runs[WORKER_RUNS];
};

struct worker;

/* Starts the thread, which opens the device and waits for a request. NULL: *error. Later errors
 * are in the snapshot. From now on SIGCONT is blocked in the calling thread (stopped.h). */
struct worker *worker_start(enum backend backend, int device, struct error *error);

/* Hands over earlier runs of `device`. A run's epoch continues if `device` is also this worker's
 * device, and if the first request has the run's variant with the same values of all knobs that the
 * variant reads. A failed run is not run again automatically. Call it only before the first post.
 * Takes ownership of the runs' memory, used or not; *runs are zeroed. */
void worker_adopt(struct worker *worker, const struct device_info *device, struct run *runs,
                  size_t count);

/* Stops what runs, releases the device and frees everything. NULL is allowed. False if the
 * device is lost: then this process must end by _exit or execv, never through a driver's exit
 * handlers. */
bool worker_stop(struct worker *worker);

/* Stops a measurement of ceilings, and prevents later ones: unknown ceilings stay unknown. */
void worker_skip_measuring(struct worker *worker);

/* Posts a copy of a request and returns its id. A running iteration stops within a step. */
uint64_t worker_post(struct worker *worker, const struct request *request);

/* The newest snapshot; valid until the next call. Never NULL: before the first snapshot, an empty
 * one. */
const struct snapshot *worker_look(struct worker *worker);

/* The report on how a variant took the device down (loss.h); NULL: none did. Valid from a
 * WORKER_FAILED snapshot until worker_stop. */
const char *worker_loss(const struct worker *worker);

/* Whether the worker has answered request `id` and has nothing to run. Does not take a snapshot. */
bool worker_rests(const struct worker *worker, uint64_t id);

/* A file descriptor that poll(2) reports readable when a snapshot newer than the last look was
 * published. worker_look clears it. */
int worker_news(const struct worker *worker);
