/*
 * worker_holders.h - remembers which variants had the device, for the report on its loss.
 * Private to the worker.
 */
#pragma once

#include "turn.h"

struct worker_holders {
    struct worker_holder {
        const struct variant *variant; /* NULL: none yet */
        struct knobs used;
    } last, before; /* the current or last holder, and the one before it */
    char *loss;     /* how the device was lost (loss.h); NULL: it was not */
};

void worker_holders_close(struct worker_holders *holders);

/* The run is about to get the device. */
void worker_holders_note(struct worker_holders *holders, const struct run *run);

/* The device was lost in this time slice: writes `loss`. */
void worker_holders_lose(struct worker_holders *holders, const struct device_info *device,
                         const struct turn *turn);
