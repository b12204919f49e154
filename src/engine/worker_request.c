#include "worker_private.h"
#include "worker_run.h"

/* Measures the idle device and recomputes the floors. */
static void measure_device(struct worker *worker)
{
    worker->state = WORKER_MEASURING;
    worker_publish(worker);
    if (!worker_ceilings_measure(&worker->ceilings, &worker->info, worker->device, &worker->error))
        return;
    for (uint32_t i = 0; i < worker->request.count; i++) {
        struct run *run = &worker->runs[i];
        if (worker_run_has_begun(run)) {
            worker_ceilings_draw_floor(&worker->ceilings, &worker->info, run);
            run->version++;
        }
    }
}

/* Takes over the request's ceilings, or measures them. A measurement ends the current time slice;
 * its run is prepared again later. */
static void learn_ceilings(struct worker *worker, const struct request *request)
{
    if (worker_ceilings_ask(&worker->ceilings, request, &worker->info)) {
        worker_turn_end(worker);
        if (!worker->turn.lost)
            measure_device(worker);
    }
    if (request->measures > 0)
        worker->ceilings.measures = request->measures;
}

static void begin_epoch(struct worker *worker, struct run *run, const struct variant *variant)
{
    if (worker->turn.variant && worker->turn.run == run)
        worker_turn_end(worker);
    if (worker->turn.lost)
        return; /* planning asks the driver how much memory is free */
    worker_epochs_begin(
        &worker->epochs,
        &(struct worker_epoch){.variant = variant,
                               .knobs = &worker->request.knobs,
                               .plan = run == worker->runs ? worker->request.plan : NULL,
                               .device = &worker->info,
                               .noise = &worker->noise},
        run, &worker->plans[run - worker->runs]);
}

/* Applies run `index` of the request that replaces `old`. False as in worker_request_apply. */
static bool apply_to_run(struct worker *worker, const struct request *old, uint32_t index)
{
    const struct request *request = &worker->request;
    const struct variant *variant = request->variants[index];
    struct run *run = &worker->runs[index];
    if (!run->histograms[0].counts && !run_open(run))
        return error_set(&worker->error, ERROR_RUN, "no memory for the histograms");
    const bool reset = index == request->selected && request->resets != old->resets;
    if (reset || index >= old->count ||
        !worker_epochs_continues(run, variant, &old->knobs, &request->knobs))
        begin_epoch(worker, run, variant);
    if (worker->turn.lost)
        return false;
    run->asked = request->knobs;
    run->version++;
    return true;
}

bool worker_request_apply(struct worker *worker, const struct request *request)
{
    learn_ceilings(worker, request);
    if (worker->error.kind != ERROR_NONE)
        return false;
    const struct request old = worker->request;
    worker->request = *request;
    for (uint32_t i = 0; i < request->count; i++)
        if (!apply_to_run(worker, &old, i))
            return false;
    if (worker->turn.variant && request->selected != old.selected)
        worker_turn_cut(worker);
    worker_schedule_change(&worker->schedule, request, &old, !worker->turn.variant);
    worker_epochs_forget(&worker->epochs);
    return !worker->turn.lost;
}
