/*
 * worker.h - the thread that owns the device and drives the variants.
 *
 * Others talk to it in two ways. They post a request: what to measure; the latest one wins. They
 * look at a snapshot: what has been measured; the newest one, published at least every 33 ms while
 * something runs, also inside a long iteration. Neither side ever waits for the other.
 *
 * One thread may post and look (the front end's main thread, or the harness).
 */
#ifndef SRC_WORKER_H
#define SRC_WORKER_H

#include "run.h"

#define WORKER_RUNS 32u /* variants in one request */

/* What to measure. Changing knobs or device begins a new epoch for every run; the rest does not. */
struct request {
    uint64_t id; /* set by worker_post; found again in the snapshots that answer it */
    struct knobs knobs;
    uint32_t count;
    const struct variant *variants[WORKER_RUNS];
    /* Of variants[0] with these knobs, which runs; read when its epoch begins. NULL: the worker
     * makes it, as it makes those of the others. */
    const struct plan *plan;
    uint32_t selected; /* the one that runs, an index into variants */
    uint32_t tagged;   /* 1 << index: these and the selected one take turns in random order, each
                        * prepared anew: units of run.turns */
    bool survey; /* when the selected one has settled, give each other one a short turn, once; and
                  * one that is selected alone turns of its own, as many as a verdict takes */
    bool paused;
    bool yields;       /* each turn takes a grant, and when it is over the device is given back and
                        * nothing runs (WORKER_IDLE) until the next one */
    uint32_t grants;   /* another number than that of the last turn: a grant */
    bool no_telemetry; /* the device's meter is not read */
    uint32_t resets;   /* another number than before: a new epoch for the selected one */

    /* What the device can do, which floors are drawn from. It is measured before anything runs. */
    struct ceilings ceilings; /* of this device, from before; all 0: as they are kept */
    uint32_t measures; /* 0: never measure; else where they are not known, which keeps them, and
                        * with every other number than before again */
};

enum worker_state {
    WORKER_OPENING,   /* the device is being opened */
    WORKER_FAILED,    /* it could not be opened or is lost (ERROR_LOST), or memory ran out: error */
    WORKER_IDLE,      /* nothing to do: paused, done, or nothing can run */
    WORKER_RUNNING,   /* an iteration is under way or about to be */
    WORKER_STALLED,   /* the device has made no progress for two seconds */
    WORKER_MEASURING, /* it measures what the device can do, which takes about a second */
};

struct snapshot {
    uint64_t number;     /* grows by one with each */
    uint64_t request_id; /* the request that it answers; 0: none yet */
    enum worker_state state;
    struct error error; /* of WORKER_FAILED */
    bool paused;
    uint32_t selected, active; /* indices into runs: what was asked for, what has the device now */
    struct device_info device;
    struct ceilings ceilings; /* of the device; all 0: not known */
    uint32_t measures;        /* the request's that they answer; 0: none yet */
    struct error unmeasured;  /* a sentence why they were not measured then, or are not kept */
    uint32_t count;
    struct run runs[WORKER_RUNS];
};

struct worker;

/* Starts the thread, which opens the device and waits for a request. NULL: *error says why. What
 * goes wrong later is said in the snapshot. From here on SIGCONT is blocked in the calling thread
 * (stopped.h). */
struct worker *worker_start(enum backend backend, int device, struct error *error);

/* Hands over runs of before, on `device`: where it is this worker's device too, and the first
 * request has one's variant with the same values of the knobs that it reads, its epoch goes on; one
 * that failed is not run again by itself. Only before the first post. The runs' memory is taken
 * over, also where they are of no use; *runs are zeroed. */
void worker_adopt(struct worker *worker, const struct device_info *device, struct run *runs,
                  size_t count);

/* Stops what runs, gives the device back and frees all. NULL is fine. False where the device is
 * lost: then this process must end by _exit or an execv, never by the exit handlers of a driver. */
bool worker_stop(struct worker *worker);

/* Ends measuring what the device can do, now and for good: what is not known stays so. */
void worker_skip_measuring(struct worker *worker);

/* Hands over a request (copied) and returns its id. What is running ends within a step. */
uint64_t worker_post(struct worker *worker, const struct request *request);

/* The newest snapshot; valid until the next call. Never NULL: an empty one before the first. */
const struct snapshot *worker_look(struct worker *worker);

/* How a variant took the device down (loss.h); NULL: none did. Once the snapshot says
 * WORKER_FAILED, until worker_stop. */
const char *worker_loss(const struct worker *worker);

/* Whether the worker has answered the request `id` and found nothing to run. Takes no snapshot. */
bool worker_rests(const struct worker *worker, uint64_t id);

/* A file descriptor that poll(2) finds readable when a snapshot newer than the one looked at last
 * was published. worker_look clears it. */
int worker_news(const struct worker *worker);

#endif
