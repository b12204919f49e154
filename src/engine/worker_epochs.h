/*
 * worker_epochs.h - the beginning of epochs, and the runs of before that new epochs go on with
 * (worker_adopt). Private to the worker.
 */
#ifndef SRC_WORKER_EPOCHS_H
#define SRC_WORKER_EPOCHS_H

#include "plans.h"
#include "worker.h"

struct worker_epochs {
    uint64_t begun;
    struct plans plans;
    struct run adopted[WORKER_RUNS]; /* of before; until the first request has come */
    uint32_t adopted_count;
    struct device_info adopted_device;
};

/* Takes over the runs of before and zeroes *runs. */
void worker_epochs_adopt(struct worker_epochs *epochs, const struct device_info *device,
                         struct run *runs, size_t count);

/* Frees the runs of before. */
void worker_epochs_forget(struct worker_epochs *epochs);

/* Whether an epoch of the run can go on: it is of `variant`, which reads no knob that differs. */
bool worker_epochs_continues(const struct run *run, const struct variant *variant,
                             const struct knobs *before, const struct knobs *now);

/* What an epoch is of. */
struct worker_epoch {
    const struct variant *variant;
    const struct knobs *knobs;
    const struct plan *plan; /* with these knobs; NULL: it is still to be made */
    const struct device_info *device;
    const struct noise *noise;
};

/* Plans the variant and begins a new epoch in *run, which goes on with an epoch of before if there
 * is one of the same. If the variant can't run here, the run is skipped with the reason, and *plan
 * is of no use. A plan may ask the driver what the device has free. */
void worker_epochs_begin(struct worker_epochs *epochs, const struct worker_epoch *epoch,
                         struct run *run, struct plan *plan);

#endif
