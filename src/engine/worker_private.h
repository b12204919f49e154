/*
 * worker_private.h - the worker as its own files see it: the parts that own their data, and what
 * the thread does with them. Private to the worker.
 *
 *     worker.c           the thread, and what others may call
 *     worker_request.c   a request is taken over
 *     worker_turn.c      one turn: given, iterated, ended
 *     worker_publish.c   a snapshot is filled
 */
#ifndef SRC_WORKER_PRIVATE_H
#define SRC_WORKER_PRIVATE_H

#include "worker_ceilings.h"
#include "worker_epochs.h"
#include "worker_holders.h"
#include "worker_inbox.h"
#include "worker_schedule.h"
#include "worker_snapshots.h"
#include "worker_telemetry.h"

#include <pthread.h>

struct worker {
    /* Shared with the poster. */
    struct worker_inbox inbox;
    struct worker_snapshots snapshots;

    /* The poster's own. */
    pthread_t thread;

    /* The thread's own. */
    enum backend backend;
    int device;
    struct device_info info;
    struct noise noise;              /* between processes, as it is kept, or assumed */
    struct worker_ceilings ceilings; /* others may raise its `skip` */
    struct verifier *verifier;
    struct request request;
    struct run runs[WORKER_RUNS];
    struct plan plans[WORKER_RUNS]; /* of the runs that are not skipped */
    struct worker_epochs epochs;
    struct worker_schedule schedule;
    struct turn turn;
    struct worker_telemetry telemetry;
    struct worker_holders holders;
    struct error error; /* set: the thread ends */
    enum worker_state state;
};

/* ---- worker_request.c ------------------------------------------------------------------------ */

/* Takes over a request; what it says of ceilings comes first. Runs go on where nothing that their
 * variant reads has changed. False: there is no memory, or the device is lost. */
bool worker_request_apply(struct worker *worker, const struct request *request);

/* ---- worker_turn.c --------------------------------------------------------------------------- */

/* Gives the run the device, if it does not have it. False: it can't be prepared. */
bool worker_turn_give(struct worker *worker, struct run *run);

/* Runs one iteration of the run that has the device. */
void worker_turn_iterate(struct worker *worker);

/* Ends the turn and gives the device back. Nobody has it: fine. */
void worker_turn_end(struct worker *worker);

/* Ends a turn that has lasted long enough. */
void worker_turn_finish(struct worker *worker);

/* Ends a turn before its time: in a survey, a run that had too little of it will have another. */
void worker_turn_cut(struct worker *worker);

/* If the turn lost the device, the worker fails and has an account of the loss. */
void worker_turn_take_loss(struct worker *worker);

/* ---- worker_publish.c ------------------------------------------------------------------------ */

/* Whether there is news of verifications. */
bool worker_publish_note_verdicts(struct worker *worker);

/* Publishes a snapshot now. */
void worker_publish(struct worker *worker);

/* With news of verifications, if it is time. */
void worker_publish_if_due(struct worker *worker);

#endif
