/*
 * plans.h - a cache of plans for the open device. Plans are deterministic: the same variant with
 * the same knobs always gets the same plan.
 */
#pragma once

#include "../../kernels/lab.h"

#define PLANS_KEPT 64u /* not less than WORKER_RUNS, so that all plans of a request stay valid */

/* The result of planning a variant. */
struct planned {
    const struct variant *variant; /* NULL: an empty slot */
    struct knobs knobs;
    bool runs;
    struct plan plan;
    struct error error; /* why the variant cannot run */
};

/* For one device and one thread. Zero it before the first use. */
struct plans {
    struct planned list[PLANS_KEPT]; /* a ring */
    uint32_t made;
};

/* The variant's plan with these knobs on `device`; valid until PLANS_KEPT other plans are made. */
const struct planned *plans_find(struct plans *plans, const struct variant *variant,
                                 const struct knobs *knobs, const struct device_info *device);
