#include "../../kernels/clock.h"
#include "loss.h"
#include "turn_trace.h"
#include "worker_private.h"
#include "worker_run.h"

#include <stdlib.h>

void worker_turn_end(struct worker *worker)
{
    worker_telemetry_end(&worker->telemetry);
    if (worker->turn.variant)
        worker_schedule_end(&worker->schedule, worker->turn.run);
    turn_end(&worker->turn);
}

void worker_turn_finish(struct worker *worker)
{
    worker_schedule_spend(&worker->schedule, &worker->request,
                          (uint32_t)(worker->turn.run - worker->runs));
    worker_turn_end(worker);
}

void worker_turn_cut(struct worker *worker)
{
    struct run *run = worker->turn.run;
    worker_turn_end(worker);
    if (worker->request.survey && run->status < RUN_DONE &&
        run->histograms[METRIC_ITERATION].count < WORKER_SCHEDULE_SURVEY_ITERATIONS)
        worker_run_set_status(run, RUN_WAITING);
}

static void fail(struct worker *worker, struct run *run, const struct error *error)
{
    worker_turn_end(worker);
    run->error = *error;
    worker_run_set_status(run, RUN_FAILED);
    if (!worker->turn.lost)
        worker_publish(worker);
}

void worker_turn_take_loss(struct worker *worker)
{
    struct turn *turn = &worker->turn;
    if (!turn->lost || worker->error.kind != ERROR_NONE)
        return;
    if (turn->run->status != RUN_FAILED) {
        turn->run->error = turn->loss;
        worker_run_set_status(turn->run, RUN_FAILED);
    }
    worker->error = turn->loss;
    worker->loss = loss_print(&(struct loss){.device = &worker->info,
                                             .run = turn->run,
                                             .why = &turn->loss,
                                             .account = turn->account,
                                             .before = worker->holder_before.variant,
                                             .before_used = &worker->holder_before.used});
    free(turn->account);
    turn->account = NULL;
}

bool worker_turn_give(struct worker *worker, struct run *run)
{
    if (worker->turn.variant)
        return true;
    struct error error = {0};
    const uint32_t *stop = &worker->inbox.stop;
    if (!worker->request.no_telemetry)
        worker_telemetry_open(&worker->telemetry, worker->backend, worker->device);
    worker->holder_before = worker->holder;
    worker->holder = (struct worker_holder){.variant = run->known, .used = run->used};
    const uint64_t begin_ns = clock_now();
    if (run->status != RUN_MEASURING) /* otherwise its samples continue */
        worker_run_set_status(run, RUN_PREPARING);
    worker->state = WORKER_RUNNING;
    worker_publish(worker);
    if (!turn_begin(&worker->turn, run, &worker->plans[run - worker->runs], &worker->info, stop,
                    &error)) {
        if (!stop_requested(stop) || worker->turn.lost)
            fail(worker, run, &error);
        else if (run->status == RUN_PREPARING)
            worker_run_set_status(run, RUN_WAITING);
        return false;
    }
    worker_schedule_begin(&worker->schedule, run, clock_now() - begin_ns);
    worker_ceilings_draw_floor(&worker->ceilings, &worker->info, run);
    if (run->status == RUN_PREPARING)
        worker_run_set_status(run, RUN_WARMING);
    return true;
}

/* Called during an iteration: keeps the screen updated, and stops the iteration when a message
 * comes. */
static void watch_iteration(void *context, bool stalled)
{
    struct worker *worker = context;
    worker_inbox_watch(&worker->inbox);
    worker->state = stalled ? WORKER_STALLED : WORKER_RUNNING;
    worker->turn.run->version++;
    worker_publish_if_due(worker);
}

/* Adds a recorded iteration to its run. `first`: it is the first of the run's epoch. */
static void take_sample(struct worker *worker, struct run *run, bool first)
{
    run->status = RUN_MEASURING;
    turn_trace_keep_slowest(&worker->turn);
    if (run->used.iterations > 0 &&
        run->histograms[METRIC_ITERATION].count >= (uint64_t)run->used.iterations) {
        turn_trace_keep_typical(&worker->turn);
        worker_run_set_status(run, RUN_DONE);
        worker_turn_finish(worker);
    }
    const bool at_once = first || run->status == RUN_DONE;
    if (at_once || worker_snapshots_is_due(&worker->snapshots)) {
        turn_trace_keep_typical(&worker->turn);
        worker_take_verdicts(worker);
        worker_publish(worker);
    }
}

void worker_turn_iterate(struct worker *worker)
{
    struct run *run = worker->turn.run;
    struct turn_watch watch = {.call = watch_iteration, .context = worker};
    struct error error = {0};
    const uint64_t before = run->histograms[METRIC_ITERATION].count;
    worker->state = WORKER_RUNNING;
    if (!worker->request.no_telemetry)
        worker_telemetry_begin(&worker->telemetry, &worker->turn);
    const enum turn_result result =
        turn_iterate(&worker->turn, &worker->inbox.stop, worker->verifier, watch, &error);
    if (result == TURN_FAILED)
        fail(worker, run, &error);
    if (result != TURN_ITERATED)
        return;
    worker_telemetry_count(&worker->telemetry);
    run->version++;
    if (run->histograms[METRIC_ITERATION].count == before)
        worker_publish_if_due(worker);
    else
        take_sample(worker, run, before == 0);
}
