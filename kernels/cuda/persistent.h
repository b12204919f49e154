/*
 * persistent.h - the shape of a persistent launch of `dot`: how programs, warps and lanes share the
 * batch, and what that needs of the device. Used by persistent_decode_cuda and
 * persistent_decode_resident.
 */
#ifndef KERNELS_CUDA_PERSISTENT_H
#define KERNELS_CUDA_PERSISTENT_H

#include "gpu_lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PERSISTENT_CHUNK 8u /* rows that are sent for at once */
#define PERSISTENT_DEPTH 2u /* chunks in shared memory */
#define PERSISTENT_DEPTH_MOST                                                                      \
    4u /* where others keep the memory busy: rows are longer on their way */
#define PERSISTENT_LOOK        32u /* steps between two looks at the abort word, where they are short */
#define PERSISTENT_REPORT      128u /* steps between two thoughts of a report, where they are short */
#define PERSISTENT_EAGER_TILES 4    /* rows of more tiles are not fetched a step ahead: registers */
#define PERSISTENT_WARPS       8u   /* of a CTA that is a program, at most */
#define PERSISTENT_KERNELS     13u /* rows of PERSISTENT_TABLE */

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

/* How it is launched. */
struct persistent_shape {
    uint32_t kernel; /* index into a table of PERSISTENT_KERNELS */
    uint32_t ctas, threads, shared_bytes;
    uint32_t cluster; /* CTAs in a cluster; 1: none */
    bool cooperative;
    uint32_t programs, warps, groups, passes, depth;
    enum step_sync sync; /* resolved, as the knob says */
};

/* Which kernel of a table {LANES, TILES}: in the order of the rows below. */
/* clang-format off */
#define PERSISTENT_TABLE(ROW)                                                                      \
    ROW(4, 2)  ROW(4, 4)  ROW(4, 8)  ROW(4, 16)                                                    \
    ROW(8, 1)  ROW(8, 2)  ROW(8, 4)  ROW(8, 8)                                                     \
    ROW(16, 1) ROW(16, 2) ROW(16, 4)                                                               \
    ROW(32, 1) ROW(32, 2)
/* clang-format on */

/* Those of persistent_decode_cuda. */
extern const void *const persistent_decode_cuda_kernels[PERSISTENT_KERNELS];

/* Members `supported` and `resolve` of struct variant, for a table of kernels, whose occupancy on
 * this device is asked for. STEP_SYNC auto becomes the cheapest barrier that fits; *error says what
 * does not fit, and the limit. */
bool persistent_supported(const struct knobs *knobs, const struct device_info *device,
                          const void *const *kernels, uint64_t more_bytes, struct error *error);
void persistent_resolve(struct knobs *knobs, const struct device_info *device,
                        const void *const *kernels);

/* Opens the lab for the knobs' shape, and fills the kernel's arguments; `name` is that of the
 * iteration's range. `busy`: others keep the memory busy, so as many chunks as fit are sent for.
 * False: *error, nothing is held. */
bool persistent_open(struct gpu_lab *lab, const struct setup *setup, const void *const *kernels,
                     const char *name, bool busy, struct persistent_shape *shape,
                     struct persistent *run, struct error *error);

/* Launches it. `arguments` are the kernel's. */
cudaError_t persistent_launch(const struct persistent_shape *shape, const void *const *kernels,
                              void **arguments, cudaStream_t stream);

#ifdef __cplusplus
}
#endif

#endif
