/*
 * persistent_plan.h - how a persistent kernel of `dot` shares the batch among programs, warps and
 * lanes, and what that needs of a GPU. Plain C: the plan of persistent_decode_cuda, of
 * persistent_decode_resident, and of the decode beside a prefill's burst.
 */
#ifndef KERNELS_PLAN_PERSISTENT_PLAN_H
#define KERNELS_PLAN_PERSISTENT_PLAN_H

#include "../lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PERSISTENT_CHUNK      8u  /* rows that are loaded at once */
#define PERSISTENT_DEPTH      2u  /* chunks in shared memory */
#define PERSISTENT_DEPTH_MOST 4u  /* the same where other kernels keep the memory busy */
#define PERSISTENT_WARPS      8u  /* of a CTA that is one program, at most */
#define PERSISTENT_KERNELS    13u /* rows of PERSISTENT_TABLE */

/* The kernels of a table, {LANES of a sequence, TILES of a row}, in the order of the rows below. */
/* clang-format off */
#define PERSISTENT_TABLE(ROW)                                                                      \
    ROW(4, 2)  ROW(4, 4)  ROW(4, 8)  ROW(4, 16)                                                    \
    ROW(8, 1)  ROW(8, 2)  ROW(8, 4)  ROW(8, 8)                                                     \
    ROW(16, 1) ROW(16, 2) ROW(16, 4)                                                               \
    ROW(32, 1) ROW(32, 2)
/* clang-format on */

/* What a plan depends on beside the knobs and the device. */
struct persistent_needs {
    const void *const *kernels; /* [PERSISTENT_KERNELS] */
    const void *const *phased;  /* the same, with phases measured */
    uint64_t more_bytes;        /* device memory for what runs beside it */
    bool busy;                  /* others keep the memory busy: buffer as many chunks as fit */
};

/*
 * Fills *plan: STEP_SYNC auto becomes the cheapest barrier that fits, plan->stages the chunks in
 * shared memory. With STEP_SYNC block the programs are the warps of one CTA; else each is a CTA,
 * and all are resident at once. False: *error says what does not fit, and the limit.
 */
bool persistent_plan(const struct persistent_needs *needs, const struct knobs *knobs,
                     const struct device_info *device, const struct capacity *capacity,
                     struct plan *plan, struct error *error);

#ifdef __cplusplus
}
#endif

#endif
