/*
 * persistent.h - what the persistent kernels of `dot` are given, and how their labs are opened.
 * ../plan/persistent_plan.h says how they share the batch.
 */
#ifndef KERNELS_CUDA_PERSISTENT_H
#define KERNELS_CUDA_PERSISTENT_H

#include "../plan/persistent_plan.h"
#include "gpu_lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PERSISTENT_LOOK        32u /* steps between two looks at the abort word, where they are short */
#define PERSISTENT_REPORT      128u /* steps between two thoughts of a report, where they are short */
#define PERSISTENT_EAGER_TILES 4    /* rows of more tiles are not fetched a step ahead: registers */

/* What a kernel is given. */
struct persistent {
    struct gpu_dot dot;
    struct gpu_link link;
    uint32_t *barrier;  /* arrivals of STEP_SYNC flag; only grows */
    uint32_t *decision; /* [2] of STEP_SYNC grid: whether to leave */
    uint32_t round;     /* of the barrier: those that are over */
    uint32_t sync;      /* enum step_sync; NONE also for a single CTA that is the only program */
    uint32_t programs;
    uint32_t warps;  /* of a program */
    uint32_t groups; /* of lanes in use, of a warp */
    uint32_t passes; /* sequences that a group takes in a step, at most */
    uint32_t depth;  /* chunks in shared memory: PERSISTENT_DEPTH or PERSISTENT_DEPTH_MOST */
};

/* Those of persistent_decode_cuda. */
extern const void *const persistent_decode_cuda_kernels[PERSISTENT_KERNELS];
extern const void *const persistent_decode_cuda_phased[PERSISTENT_KERNELS];

/* Opens the lab as setup->plan says, and fills the kernel's arguments; `name` is that of the
 * iteration's range. False: *error, nothing is held. */
bool persistent_open(struct gpu_lab *lab, const struct setup *setup, const char *name,
                     struct persistent *run, struct error *error);

#ifdef __cplusplus
}
#endif

#endif
