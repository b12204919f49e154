/*
 * worker_ceilings.h - what the device can do at best: whether it is known, when it is measured, and
 * the floors that follow from it. Private to the worker.
 */
#ifndef SRC_WORKER_CEILINGS_H
#define SRC_WORKER_CEILINGS_H

#include "worker.h"

struct worker_ceilings {
    struct ceilings known; /* all 0: not known */
    uint32_t measures;     /* of the request that was answered last */
    struct error unmeasured;
    uint32_t skip; /* raised by any thread: nothing is measured any more */
};

/* Recalls what is kept of the device. */
void worker_ceilings_open(struct worker_ceilings *ceilings, const struct device_info *device);

/* Any thread: ends measuring, now and for good. */
void worker_ceilings_skip(struct worker_ceilings *ceilings);

/* Takes over what the request says of the device. Whether the device must be measured now, with
 * nothing running on it. While a tool serialises kernels (device->serial) it is measured only if
 * somebody asks for it again, because the result is kept. */
bool worker_ceilings_ask(struct worker_ceilings *ceilings, const struct request *request,
                         const struct device_info *device);

/* Measures device `index`, which takes about a second, and keeps the result. Whether there is a new
 * one. If there is not, or if it is not kept, `unmeasured` says why. *error: the device is lost. */
bool worker_ceilings_measure(struct worker_ceilings *ceilings, const struct device_info *device,
                             int index, struct error *error);

/* The request is answered. */
void worker_ceilings_answer(struct worker_ceilings *ceilings, const struct request *request);

/* Sets the run's floors. */
void worker_ceilings_draw_floor(const struct worker_ceilings *ceilings,
                                const struct device_info *device, struct run *run);

#endif
