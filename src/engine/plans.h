/*
 * plans.h - the plans of the open device, each made once: plans are deterministic, so the same
 * variant with the same knobs gets the one that was made before.
 */
#ifndef SRC_PLANS_H
#define SRC_PLANS_H

#include "../../kernels/lab.h"

#define PLANS_KEPT 64u /* at least as many as one request has variants */

/* What a variant's plan came to. */
struct planned {
    const struct variant *variant; /* NULL: an empty place */
    struct knobs knobs;
    bool runs;
    struct plan plan;
    struct error error; /* why it does not run */
};

/* Of one device and one thread; zeroed to begin with. */
struct plans {
    struct planned list[PLANS_KEPT]; /* a ring */
    uint32_t made;
};

/* The variant's plan with these knobs on `device`; valid until PLANS_KEPT others were made. */
const struct planned *plans_find(struct plans *plans, const struct variant *variant,
                                 const struct knobs *knobs, const struct device_info *device);

#endif
