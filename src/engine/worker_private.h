/*
 * worker_private.h - the worker's internal state: its parts, which own their data, and the
 * thread's functions on them. Private to the worker.
 *
 *     worker.c           the thread, and the public interface
 *     worker_request.c   takes over a request
 *     worker_turn.c      one time slice: begun, iterated, ended
 *     worker_publish.c   takes the verifier's results, and fills a snapshot
 */
#pragma once

#include "worker_ceilings.h"
#include "worker_epochs.h"
#include "worker_inbox.h"
#include "worker_schedule.h"
#include "worker_snapshots.h"
#include "worker_telemetry.h"

#include <pthread.h>

/* A variant that had the device, for the report on the device's loss. */
struct worker_holder {
    const struct variant *variant; /* NULL: none */
    struct knobs used;
};

struct worker {
    /* Shared with the poster. */
    struct worker_inbox inbox;
    struct worker_snapshots snapshots;

    /* Owned by the poster. */
    pthread_t thread;

    /* Owned by the thread. */
    enum backend backend;
    int device;
    struct device_info info;
    struct noise noise;              /* between processes, stored or assumed */
    struct worker_ceilings ceilings; /* others may raise its `skip` */
    struct verifier *verifier;
    struct request request;
    struct run runs[WORKER_RUNS];
    struct plan plans[WORKER_RUNS]; /* plans of the runs that are not skipped */
    struct worker_epochs epochs;
    struct worker_schedule schedule;
    struct turn turn;
    struct worker_telemetry telemetry;
    struct worker_holder holder, holder_before; /* current or last holder, and the one before it */
    char *loss;         /* how the device was lost (loss.h), owned; NULL: it was not */
    struct error error; /* if set, the thread ends */
    enum worker_state state;
};

/* ---- worker_request.c ------------------------------------------------------------------------ */

/* Takes over a request, its ceilings first. Runs continue if no knob that their variant reads
 * has changed. False: out of memory, or the device is lost. */
bool worker_request_apply(struct worker *worker, const struct request *request);

/* ---- worker_turn.c --------------------------------------------------------------------------- */

/* Gives the device to the run, unless the run already has it. False: the run could not be
 * prepared. */
bool worker_turn_give(struct worker *worker, struct run *run);

/* Runs one iteration of the run that has the device. */
void worker_turn_iterate(struct worker *worker);

/* Ends the time slice and releases the device. Allowed if no run has the device. */
void worker_turn_end(struct worker *worker);

/* Ends a time slice that has lasted long enough. */
void worker_turn_finish(struct worker *worker);

/* Ends a time slice early: in a survey, a run whose slice was too short gets another. */
void worker_turn_cut(struct worker *worker);

/* If the device was lost in this time slice, the worker fails and reports the loss. */
void worker_turn_take_loss(struct worker *worker);

/* ---- worker_publish.c ------------------------------------------------------------------------ */

/* Copies verdicts and verification progress into the runs. Returns whether any run changed. */
bool worker_take_verdicts(struct worker *worker);

/* Publishes a snapshot now. */
void worker_publish(struct worker *worker);

/* If a snapshot is due, takes new verdicts and publishes a snapshot. */
void worker_publish_if_due(struct worker *worker);
