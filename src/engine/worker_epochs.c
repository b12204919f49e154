#include "worker_epochs.h"

#include "knobs.h"
#include "targets.h"
#include "worker_run.h"

#include <string.h>

void worker_epochs_adopt(struct worker_epochs *epochs, const struct device_info *device,
                         struct run *runs, size_t count)
{
    epochs->adopted_device = *device;
    for (size_t i = 0; i < count; i++) {
        if (epochs->adopted_count < WORKER_RUNS)
            epochs->adopted[epochs->adopted_count++] = runs[i];
        else
            run_close(&runs[i]);
        runs[i] = (struct run){0};
    }
}

void worker_epochs_forget(struct worker_epochs *epochs)
{
    for (uint32_t i = 0; i < epochs->adopted_count; i++)
        run_close(&epochs->adopted[i]);
    epochs->adopted_count = 0;
}

bool worker_epochs_continues(const struct run *run, const struct variant *variant,
                             const struct knobs *before, const struct knobs *now)
{
    return run->known == variant && knobs_equal(before, now, variant->knobs);
}

static bool is_same_device(const struct device_info *a, const struct device_info *b)
{
    return a->backend == b->backend && strcmp(a->name, b->name) == 0 &&
           strcmp(a->driver, b->driver) == 0 && strcmp(a->isa, b->isa) == 0;
}

/* Whether the run has the configuration of an old run. The values resolved from `auto` do not
 * matter if the old run failed. */
static bool is_same_run(const struct run *run, const struct run *old)
{
    const uint64_t bits = run->known->knobs;
    return old->known == run->known && old->status != RUN_SKIPPED &&
           knobs_equal(&old->asked, &run->asked, bits) &&
           (old->status == RUN_FAILED || knobs_equal(&old->used, &run->used, bits));
}

static enum run_status resumed_status(const struct run *run, const struct run *old)
{
    const uint64_t iterations = run->histograms[METRIC_ITERATION].count;
    if (old->status == RUN_FAILED)
        return RUN_FAILED;
    if (run->used.iterations > 0 && iterations >= (uint64_t)run->used.iterations &&
        !worker_run_awaits_verdict(run))
        return RUN_DONE;
    return iterations > 0 ? RUN_MEASURING : run->status;
}

static void go_on(struct run *run, const struct run *old)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        histogram_merge(&run->histograms[metric], &old->histograms[metric]);
    run->facts = old->facts;
    run->turns = old->turns;
    run->left_out = old->left_out;
    run->stopped_iterations = old->stopped_iterations;
    run->in_flight_most = old->in_flight_most;
    run->verification = old->verification;
    run->floor_ns = old->floor_ns;
    run->iteration_floor_ns = old->iteration_floor_ns;
    run->ceiling_gb_per_s = old->ceiling_gb_per_s;
    run->telemetry = old->telemetry;
    run->breakdown = old->breakdown;
    run->operations = old->operations;
    run->error = old->error;
    worker_run_set_status(run, resumed_status(run, old));
}

/* Finds the epoch's plan. False: *error says why the variant cannot run. */
static bool find_plan(struct worker_epochs *epochs, const struct worker_epoch *epoch,
                      struct plan *plan, struct error *error)
{
    if (epoch->plan) {
        *plan = *epoch->plan;
        return true;
    }
    const struct planned *planned =
        plans_find(&epochs->plans, epoch->variant, epoch->knobs, epoch->device);
    *plan = planned->plan;
    *error = planned->error;
    return planned->runs;
}

void worker_epochs_begin(struct worker_epochs *epochs, const struct worker_epoch *epoch,
                         struct run *run, struct plan *plan)
{
    struct error error = {0};
    const bool runs =
        find_plan(epochs, epoch, plan, &error) && device_can_time(epoch->device, &error);
    run_begin(run, epoch->variant, epoch->knobs, &plan->used, ++epochs->begun);
    run->noise = *epoch->noise;
    run->error = error;
    if (!runs) {
        worker_run_set_status(run, RUN_SKIPPED);
        return;
    }
    if (!is_same_device(&epochs->adopted_device, epoch->device))
        return;
    for (uint32_t i = 0; i < epochs->adopted_count; i++)
        if (is_same_run(run, &epochs->adopted[i]))
            go_on(run, &epochs->adopted[i]);
}
