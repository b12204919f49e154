#include "worker.h"

#include "../../kernels/clock.h"
#include "../../kernels/thread.h"
#include "backend_name.h"
#include "ceilings.h"
#include "stopped.h"
#include "worker_private.h"
#include "worker_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAP_NS UINT64_C(20000000) /* while the worker only waits for a verdict */

/* ---- the thread ----------------------------------------------------------------------------- */

static bool open_device(struct worker *worker)
{
    const struct device_ops *ops = backends[worker->backend];
    worker->state = WORKER_OPENING;
    if (ops && ops->open(worker->device, &worker->info, &worker->error)) {
        ceilings_recall(&worker->info, &worker->ceilings.known);
        worker->noise = noise_recall(&worker->info);
        return true;
    }
    if (!ops)
        error_set(&worker->error, ERROR_UNSUPPORTED, "this build has no %s backend",
                  backend_name(worker->backend));
    return false;
}

/* Sleeps until a message comes, or only for NAP_NS if a verdict may still come. */
static void rest(struct worker *worker)
{
    bool waiting = false;
    worker_telemetry_end(&worker->telemetry);
    for (uint32_t i = 0; i < worker->request.count; i++) {
        const struct run *run = &worker->runs[i];
        waiting |= worker_run_has_begun(run) && worker_run_awaits_verdict(run);
    }
    if (worker_take_verdicts(worker) || worker->state != WORKER_IDLE) {
        worker->state = WORKER_IDLE;
        worker_publish(worker);
    }
    worker_inbox_wait(&worker->inbox, waiting ? NAP_NS : UINT64_MAX / 2);
}

/* The index of the run that has the device; -1: none. */
static int find_holder(const struct worker *worker)
{
    return worker->turn.variant ? (int)(worker->turn.run - worker->runs) : -1;
}

static bool has_settled(const struct worker *worker)
{
    const int holder = find_holder(worker);
    return holder >= 0 &&
           worker_schedule_has_settled(&worker->schedule, &worker->request, worker->runs,
                                       (uint32_t)holder, clock_now() - worker->turn.began_ns);
}

/* Runs the next iteration of the current time slice; rests if there is none. */
static void go_on(struct worker *worker)
{
    const int next = worker_schedule_next(&worker->schedule, &worker->request, worker->runs,
                                          find_holder(worker));
    if (next < 0)
        rest(worker);
    else if (worker_turn_give(worker, &worker->runs[next]))
        worker_turn_iterate(worker);
}

/* Serves requests until told to quit. Returns early, with worker->error set, if memory ran out
 * or the device is lost. */
static void serve(struct worker *worker)
{
    const struct request *request;
    while (worker->error.kind == ERROR_NONE && worker_inbox_take(&worker->inbox, &request)) {
        if (request) {
            if (!worker_request_apply(worker, request))
                return;
            worker->state = WORKER_RUNNING;
            worker_publish(worker);
        }
        if (has_settled(worker))
            worker_turn_finish(worker);
        if (!worker->turn.lost)
            go_on(worker);
        worker_turn_take_loss(worker);
    }
}

static void *run_thread(void *context)
{
    struct worker *worker = context;
    if (open_device(worker)) {
        worker->state = WORKER_IDLE;
        serve(worker);
        worker_turn_end(worker);
        worker_turn_take_loss(worker);
        worker_telemetry_close(&worker->telemetry);
        if (!worker->turn.lost && worker->error.kind != ERROR_LOST)
            backends[worker->backend]->close(worker->device);
    }
    if (worker->error.kind != ERROR_NONE) {
        worker->state = WORKER_FAILED;
        worker_publish(worker);
    }
    return NULL;
}

/* ---- interface ------------------------------------------------------------------------------ */

static void free_worker(struct worker *worker)
{
    verifier_stop(worker->verifier);
    if (worker->turn.lost)
        return; /* a variant that did not stop still reads `stop` */
    worker_snapshots_close(&worker->snapshots);
    worker_epochs_forget(&worker->epochs);
    worker_schedule_close(&worker->schedule);
    for (uint32_t i = 0; i < WORKER_RUNS; i++)
        run_close(&worker->runs[i]);
    free(worker->loss);
    free(worker);
}

struct worker *worker_start(enum backend backend, int device, struct error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker) {
        error_set(error, ERROR_RUN, "no memory for the worker");
        return NULL;
    }
    worker->backend = backend;
    worker->device = device;
    stopped_take(false); /* the worker's thread takes SIGCONT while it measures */
    worker_inbox_open(&worker->inbox);
    int status = worker_snapshots_open(&worker->snapshots) ? 0 : errno;
    if (!worker_schedule_open(&worker->schedule))
        status = ENOMEM;
    worker->verifier = verifier_start(error);
    if (!worker->verifier || status != 0 ||
        (status = thread_start(&worker->thread, "pdlab-worker", 0, run_thread, worker)) != 0) {
        if (worker->verifier)
            error_set(error, ERROR_RUN, "the worker could not start: %s", strerror(status));
        free_worker(worker);
        return NULL;
    }
    return worker;
}

void worker_adopt(struct worker *worker, const struct device_info *device, struct run *runs,
                  size_t count)
{
    worker_epochs_adopt(&worker->epochs, device, runs, count);
}

void worker_skip_measuring(struct worker *worker)
{
    __atomic_store_n(&worker->ceilings.skip, 1, __ATOMIC_SEQ_CST);
}

bool worker_stop(struct worker *worker)
{
    if (!worker)
        return true;
    worker_skip_measuring(worker);
    worker_inbox_quit(&worker->inbox);
    pthread_join(worker->thread, NULL);
    bool given_back = worker->error.kind != ERROR_LOST;
    free_worker(worker);
    return given_back;
}

uint64_t worker_post(struct worker *worker, const struct request *request)
{
    return worker_inbox_post(&worker->inbox, request);
}

const struct snapshot *worker_look(struct worker *worker)
{
    return worker_snapshots_look(&worker->snapshots);
}

const char *worker_loss(const struct worker *worker)
{
    return worker->loss;
}

bool worker_rests(const struct worker *worker, uint64_t id)
{
    return worker_snapshots_rests(&worker->snapshots, id);
}

int worker_news(const struct worker *worker)
{
    return worker->snapshots.news;
}
