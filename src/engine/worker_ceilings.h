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
    uint32_t skip; /* any thread may raise it: measure nothing any more */
};

/* Takes over the request's ceilings. Returns whether the device must be measured now, while
 * idle. While a tool serialises kernels (device->serial) it is measured only on explicit
 * request, because the result is kept. */
bool worker_ceilings_ask(struct worker_ceilings *ceilings, const struct request *request,
                         const struct device_info *device);

/* Measures device `index`, which takes about a second, and keeps the result. Returns whether
 * there is a new result. If not, or if it is not kept, `unmeasured` says why. *error: the device
 * is lost. */
bool worker_ceilings_measure(struct worker_ceilings *ceilings, const struct device_info *device,
                             int index, struct error *error);

/* Sets the run's floors. */
void worker_ceilings_draw_floor(const struct worker_ceilings *ceilings,
                                const struct device_info *device, struct run *run);
