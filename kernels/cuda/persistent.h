/*
 * persistent.h - the arguments of the persistent kernels of `dot`, and the function that opens
 * their lab. ../plan/persistent_plan.h divides the batch among the programs.
 */
#pragma once

#include "../plan/persistent_plan.h"
#include "gpu_lab.h"

__BEGIN_DECLS

#define PERSISTENT_LOOK        32u  /* steps between checks of the abort word, if steps are short */
#define PERSISTENT_REPORT      128u /* steps between checks whether to report, if steps are short */
#define PERSISTENT_EAGER_TILES 4    /* tiles of a row that fit in registers a step ahead */

/* A kernel's arguments. */
struct persistent {
    struct gpu_dot dot;
    struct gpu_link link;
    uint32_t *barrier;  /* for STEP_SYNC flag: arrivals so far; only grows */
    uint32_t *decision; /* [2], for STEP_SYNC grid: whether to leave */
    uint32_t round;     /* finished rounds of the barrier */
    uint32_t sync;      /* enum step_sync; NONE also if there is only one program */
    uint32_t programs;
    uint32_t warps;  /* per program */
    uint32_t groups; /* groups of lanes in use per warp */
    uint32_t passes; /* most sequences that one group handles in a step */
    uint32_t depth;  /* chunks in shared memory: PERSISTENT_DEPTH or PERSISTENT_DEPTH_MOST */
};

/* The kernels of persistent_decode_cuda. */
extern const void *const persistent_decode_cuda_kernels[PERSISTENT_KERNELS];
extern const void *const persistent_decode_cuda_phased[PERSISTENT_KERNELS];

/* Opens the lab according to setup->plan, and fills in the kernel's arguments; `name` is the
 * iteration's NVTX range. False: *error says why; nothing is held. */
bool persistent_open(struct gpu_lab *lab, const struct setup *setup, const char *name,
                     struct persistent *run, struct error *error);

__END_DECLS
