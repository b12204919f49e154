#include "measure.h"

#include "../../kernels/clock.h"
#include "../document/loss_log.h"
#include "../engine/stopped.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>

#define NEWS_MS    100 /* how often to check the run if no new snapshot arrives */
#define LATE_MS    200 /* a check this long after the previous one is late (see stopped.h) */
#define PATIENCE   4   /* how many times its time limit a run without iterations may take */
#define VERDICT_NS UINT64_C(10000000000) /* longest wait for a verdict */
#define TELL_NS    UINT64_C(100000000)   /* interval between progress reports */

/* The worker and its current request, which has one variant at a time. */
struct measure {
    struct worker *worker;
    struct request request;
};

/* The timing of one variant's run. A time is 0 until it is set. Times are moved forward by any
 * period in which the process was stopped. */
struct stay {
    const struct isolate_order *order;
    struct isolate_progress progress;
    uint64_t prepared_ns; /* when preparation ended and iterations began */
    uint64_t ended_ns;    /* when the measurement was done or its time was up */
    uint64_t told_ns;
    struct stopped_looks looks;
};

uint64_t measure_time_left(uint64_t duration_ns, uint64_t recording_ns)
{
    if (duration_ns == 0)
        return UINT64_MAX;
    uint64_t taken_ns = recording_ns ? clock_now() - recording_ns : 0;
    return taken_ns < duration_ns ? duration_ns - taken_ns : 0;
}

static uint64_t time_left(const struct stay *stay)
{
    return measure_time_left(stay->order->duration_ns, stay->progress.recording_ns);
}

double measure_median_error(const struct run *run)
{
    const struct histogram *iterations = &run->histograms[METRIC_ITERATION];
    if (iterations->count < MEASURE_STABLE_LEAST)
        return INFINITY;
    return (double)histogram_median_error(iterations) /
           (double)histogram_percentile(iterations, 0.5);
}

static const struct snapshot *wait_for_news(struct worker *worker, uint64_t left_ns)
{
    struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
    uint64_t left_ms = left_ns / 1000000;
    poll(&news, 1, left_ms < NEWS_MS ? (int)left_ms + 1 : NEWS_MS);
    return worker_look(worker);
}

/* Posts the request as paused, and waits until the worker has taken it and is idle. An interruption
 * stops the measurement of ceilings. */
static const struct snapshot *post_paused(struct measure *measure)
{
    measure->request.paused = true;
    uint64_t id = worker_post(measure->worker, &measure->request);
    const struct snapshot *snapshot = worker_look(measure->worker);
    while (snapshot->state != WORKER_FAILED &&
           (snapshot->request_id != id || snapshot->state != WORKER_IDLE)) {
        if (isolate_interrupted)
            worker_skip_measuring(measure->worker);
        snapshot = wait_for_news(measure->worker, UINT64_MAX);
    }
    return snapshot;
}

/* ---- when to stop ---------------------------------------------------------------------------- */

/* Whether the run has used up its time limit. A run without an iteration gets more time. */
static bool is_time_up(const struct stay *stay, const struct run *run, uint64_t now_ns)
{
    uint64_t limit_ns = stay->order->limit_ns;
    if (stay->prepared_ns == 0 || limit_ns == UINT64_MAX)
        return false;
    uint64_t taken_ns = now_ns - stay->prepared_ns;
    return taken_ns >= limit_ns &&
           (run->histograms[METRIC_ITERATION].count > 0 || taken_ns / PATIENCE >= limit_ns);
}

static bool has_ended(struct stay *stay, const struct run *run, uint64_t now_ns)
{
    struct isolate_progress *progress = &stay->progress;
    progress->iterations = run->histograms[METRIC_ITERATION].count;
    progress->median_error = measure_median_error(run);
    if (progress->recording_ns == 0 && progress->iterations > 0)
        progress->recording_ns = now_ns;
    progress->stable = stay->order->until_stable && progress->median_error <= MEASURE_STABLE;
    return progress->stable || run->status == RUN_DONE || is_time_up(stay, run, now_ns) ||
           time_left(stay) == 0;
}

/* Whether the result is final: the run has ended, and its verdict has arrived or is overdue. */
static bool is_settled(struct stay *stay, const struct run *run)
{
    uint64_t now_ns = clock_now();
    stay->progress.verifying = run->verifying;
    stay->progress.verified = run->verified;
    stay->progress.parts = run->verification.total;
    if (run->status == RUN_FAILED || run->status == RUN_SKIPPED)
        return true;
    if (stay->prepared_ns == 0 && run->status > RUN_PREPARING)
        stay->prepared_ns = now_ns;
    if (stay->ended_ns == 0 && has_ended(stay, run, now_ns))
        stay->ended_ns = now_ns;
    if (stay->ended_ns == 0)
        return false;
    uint64_t limit_ns = stay->order->limit_ns;
    uint64_t wait_ns = limit_ns < VERDICT_NS ? limit_ns : VERDICT_NS;
    return run->verification.verdict != VERDICT_NONE || now_ns - stay->ended_ns >= wait_ns;
}

static void move_on(uint64_t *moment_ns, uint64_t by_ns)
{
    *moment_ns += *moment_ns > 0 ? by_ns : 0;
}

/* Excludes the time in which the process was stopped. Returns false if this check is late: the
 * caller must then decide nothing by the clock before the next check. */
static bool leave_stops_out(struct stay *stay)
{
    bool late;
    const uint64_t stopped_ns = stopped_look(&stay->looks, LATE_MS * UINT64_C(1000000), &late);
    move_on(&stay->prepared_ns, stopped_ns);
    move_on(&stay->ended_ns, stopped_ns);
    move_on(&stay->progress.recording_ns, stopped_ns);
    return !late;
}

static void tell(struct stay *stay, struct isolate_line *line)
{
    stay->told_ns = clock_now();
    isolate_tell(line, &stay->progress);
}

/* Watches request `id` until its result is final, or it is interrupted, or the worker fails. */
static void follow(struct measure *measure, uint64_t id, struct stay *stay,
                   struct isolate_line *line)
{
    while (!isolate_interrupted) {
        const struct snapshot *snapshot = wait_for_news(measure->worker, time_left(stay));
        if (snapshot->state == WORKER_FAILED)
            return;
        const bool may_decide = leave_stops_out(stay);
        if (!may_decide || snapshot->request_id != id || snapshot->count == 0)
            continue;
        if (is_settled(stay, &snapshot->runs[0]))
            return;
        if (stay->ended_ns != 0 && !measure->request.paused) {
            /* Pause, so that no iterations are added while the verdict is pending. */
            measure->request.paused = true;
            id = worker_post(measure->worker, &measure->request);
        }
        if (clock_now() - stay->told_ns >= TELL_NS)
            tell(stay, line);
    }
}

/* ---- the task ------------------------------------------------------------------------------- */

static void *open_worker(enum backend backend, int device, struct device_info *info,
                         struct error *error)
{
    struct measure *measure = calloc(1, sizeof *measure);
    if (!measure) {
        error_set(error, ERROR_RUN, "no memory to measure");
        return NULL;
    }
    measure->worker = worker_start(backend, device, error);
    if (measure->worker) {
        const struct snapshot *snapshot = post_paused(measure);
        *info = snapshot->device;
        if (snapshot->state != WORKER_FAILED)
            return measure;
        *error = snapshot->error;
        worker_stop(measure->worker);
    }
    free(measure);
    return NULL;
}

static void measure_device(void *context, struct ceilings *ceilings, struct error *unmeasured)
{
    struct measure *measure = context;
    measure->request.ceilings = *ceilings;
    measure->request.measures = 1;
    const struct snapshot *snapshot = post_paused(measure);
    *ceilings = snapshot->ceilings;
    *unmeasured = snapshot->state == WORKER_FAILED ? snapshot->error : snapshot->unmeasured;
}

static bool perform(void *context, const struct isolate_order *order, const struct plan *plan,
                    struct isolate_line *line, struct run *run, struct error *error)
{
    struct measure *measure = context;
    struct stay stay = {.order = order};
    struct request *request = &measure->request;
    request->knobs = order->knobs;
    request->variants[0] = order->variant;
    request->plan = plan;
    request->count = 1;
    request->resets++; /* begins a new epoch even if the knobs are the same */
    request->paused = false;
    request->no_telemetry = order->no_telemetry;
    follow(measure, worker_post(measure->worker, request), &stay, line);
    const struct snapshot *snapshot = post_paused(measure);
    tell(&stay, line);
    run->version = run->epoch = 0; /* no worker's run has these numbers, so run_copy copies
                                      everything */
    bool copied = snapshot->count == 1 && run_copy(run, &snapshot->runs[0]);
    const char *loss = snapshot->state == WORKER_FAILED ? worker_loss(measure->worker) : NULL;
    struct error ignored;
    if (loss)
        loss_log(loss, &ignored); /* the run's document reports the failure, so an error of the log
                                     does not matter */
    if (snapshot->state == WORKER_FAILED)
        *error = snapshot->error;
    else if (!copied)
        error_set(error, ERROR_RUN, "no memory for the histograms of %s", order->variant->name);
    return error->kind == ERROR_NONE;
}

static void close_worker(void *context)
{
    struct measure *measure = context;
    worker_stop(measure->worker);
    free(measure);
}

const struct isolate_task measure_task = {
    .open = open_worker, .measure = measure_device, .perform = perform, .close = close_worker};
