/*
 * worker_ceilings.h - the device's ceilings: whether they are known, when to measure them, and
 * the floors that follow. Private to the worker.
 */
#pragma once

#include "worker.h"

struct worker_ceilings {
    struct ceilings known; /* all 0: unknown */
    uint32_t measures;     /* `measures` of the last answered request in which it was not 0 */
    struct error unmeasured;
    uint32_t skip; /* any thread may raise it, to prevent measurements from then on */
};

/* Takes over the request's ceilings. Returns whether the device must be measured now, while it is
 * idle. While kernels are serialised (device->serial), the device is measured only on explicit
 * request, because the result is stored. */
bool worker_ceilings_ask(struct worker_ceilings *ceilings, const struct request *request,
                         const struct device_info *device);

/* Measures device `index`, which takes about a second, and stores the result. Returns whether there
 * is a new result. If there is none, or if it could not be stored, `unmeasured` says why. Sets
 * *error if the device is lost. */
bool worker_ceilings_measure(struct worker_ceilings *ceilings, const struct device_info *device,
                             int index, struct error *error);

/* Sets the run's floors. */
void worker_ceilings_draw_floor(const struct worker_ceilings *ceilings,
                                const struct device_info *device, struct run *run);
