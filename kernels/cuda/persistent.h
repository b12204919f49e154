/*
 * persistent.h - the arguments of the persistent kernels of `dot`, and the function that opens
 * their lab. ../plan/persistent_plan.h divides the batch among the programs.
 */
#pragma once

#include "../plan/persistent_plan.h"
#include "gpu_lab.h"

__BEGIN_DECLS

#define PERSISTENT_LOOK        32u  /* steps between checks of the abort word, if steps are short */
#define PERSISTENT_REPORT      128u /* steps between checks for a due report, if steps are short */
#define PERSISTENT_EAGER_TILES 4    /* most tiles of a row that fit in registers one step ahead */

/* A kernel's arguments. */
struct persistent {
    struct gpu_dot dot;
    struct gpu_link link;
    uint32_t *barrier;  /* for STEP_SYNC flag: counts arrivals; only grows */
    uint32_t *decision; /* [2], for STEP_SYNC grid: whether to exit early */
    uint32_t round;     /* rounds of the barrier before this launch */
    uint32_t sync;      /* enum step_sync; SYNC_NONE also if there is only one program */
    uint32_t programs;
    uint32_t warps;  /* per program */
    uint32_t groups; /* groups of lanes that a warp uses */
    uint32_t passes; /* most sequences that one group handles in a step */
    uint32_t depth;  /* chunks in the ring: PERSISTENT_DEPTH or PERSISTENT_DEPTH_MOST */
};

/* The kernels of persistent_decode_cuda. */
extern const void *const persistent_decode_cuda_kernels[PERSISTENT_KERNELS];
extern const void *const persistent_decode_cuda_phased[PERSISTENT_KERNELS];

/* Opens the lab according to setup->plan, and fills in the kernel's arguments. name: name of the
 * iteration's NVTX range. If it fails, returns false, *error says why, and there is nothing to
 * close. */
bool persistent_open(struct gpu_lab *lab, const struct setup *setup, const char *name,
                     struct persistent *run, struct error *error);

__END_DECLS
