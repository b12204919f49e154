/*
 * persistent_plan.h - how a persistent kernel of `dot` divides the batch among programs, warps and
 * lanes, and which resources of the GPU that takes. Plain C. Plans persistent_decode_cuda,
 * persistent_decode_resident, and the decode beside a prefill burst.
 */
#pragma once

#include "../lab.h"

__BEGIN_DECLS

#define PERSISTENT_CHUNK      8u  /* rows loaded at once */
#define PERSISTENT_DEPTH      2u  /* chunks in shared memory */
#define PERSISTENT_DEPTH_MOST 4u  /* chunks in shared memory if other kernels keep memory busy */
#define PERSISTENT_WARPS      8u  /* most warps of a CTA that is one program */
#define PERSISTENT_KERNELS    13u /* rows of PERSISTENT_TABLE */

/* The kernels of a table, {LANES per sequence, TILES per row}, in the order of the rows below. */
/* clang-format off */
#define PERSISTENT_TABLE(ROW)                                                                      \
    ROW(4, 2)  ROW(4, 4)  ROW(4, 8)  ROW(4, 16)                                                    \
    ROW(8, 1)  ROW(8, 2)  ROW(8, 4)  ROW(8, 8)                                                     \
    ROW(16, 1) ROW(16, 2) ROW(16, 4)                                                               \
    ROW(32, 1) ROW(32, 2)
/* clang-format on */

/* What a plan depends on besides the knobs and the device. */
struct persistent_needs {
    const void *const *kernels; /* [PERSISTENT_KERNELS] */
    const void *const *phased;  /* the same kernels, but they measure phases */
    uint64_t more_bytes;        /* device memory of the prefill beside the decode */
    bool busy;                  /* other kernels keep memory busy: buffer more chunks if they fit */
};

/*
 * Fills *plan: STEP_SYNC auto becomes the cheapest barrier that fits, plan->stages the number of
 * chunks in shared memory. With STEP_SYNC block, programs are the warps of one CTA; else each
 * program is a CTA, and all run at once. False: *error says what does not fit, and the limit.
 */
bool persistent_plan(const struct persistent_needs *needs, const struct knobs *knobs,
                     const struct device_info *device, const struct capacity *capacity,
                     struct plan *plan, struct error *error);

__END_DECLS
