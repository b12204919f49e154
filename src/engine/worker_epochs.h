/*
 * worker_epochs.h - begins epochs, and continues those of earlier runs (worker_adopt). Private
 * to the worker.
 */
#pragma once

#include "plans.h"
#include "worker.h"

struct worker_epochs {
    uint64_t begun;
    struct plans plans;
    struct run adopted[WORKER_RUNS]; /* earlier runs; kept until the first request */
    uint32_t adopted_count;
    struct device_info adopted_device;
};

/* Takes ownership of earlier runs and zeroes *runs. */
void worker_epochs_adopt(struct worker_epochs *epochs, const struct device_info *device,
                         struct run *runs, size_t count);

/* Frees the earlier runs. */
void worker_epochs_forget(struct worker_epochs *epochs);

/* Whether the run's epoch can continue: the run is of `variant`, and `variant` reads no knob that
 * differs between `before` and `now`. */
bool worker_epochs_continues(const struct run *run, const struct variant *variant,
                             const struct knobs *before, const struct knobs *now);

/* The configuration of an epoch. */
struct worker_epoch {
    const struct variant *variant;
    const struct knobs *knobs;
    const struct plan *plan; /* with these knobs; NULL: not planned yet */
    const struct device_info *device;
    const struct noise *noise;
};

/* Plans the variant and begins a new epoch in *run, or continues the epoch of an earlier run with
 * the same configuration. If the variant cannot run here, the run is skipped with the reason, and
 * *plan is unusable. Planning may ask the driver how much device memory is free. */
void worker_epochs_begin(struct worker_epochs *epochs, const struct worker_epoch *epoch,
                         struct run *run, struct plan *plan);
