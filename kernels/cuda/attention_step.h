/*
 * attention_step.h - the kernels for one step of attention: attention_per_token and
 * attention_split_kv launch them once per step, and attention_split_kv_graph captures them.
 */
#pragma once

#include "gpu_attention.h"

__BEGIN_DECLS

#define ATTENTION_SPLIT_WARPS 4u  /* warps per CTA of split units: 2 or 3 CTAs fit on an SM */
#define ATTENTION_STEP_REPORT 64u /* steps between reports; the first unit reports every step */

/* A kernel's arguments. Here a program (link.h) is a unit, and its first CTA writes the stamps. */
struct attention_step {
    struct gpu_attention data;
    struct gpu_link link; /* stamps use the GPU's timer: any SM may run a launch */
    float *partials;      /* [units][splits][partial_floats]; unused if splits is 1 */
    uint32_t units, blocks, columns, splits, heads, partial_floats;
    uint32_t warps;    /* per CTA */
    uint32_t together; /* whether a launch may start before the previous one has ended */
};

/* The kernels that compute units or their splits, for plans. */
extern const void *const attention_step_kernels[ATTENTION_KERNELS];

/* Loads the kernel that combines splits now, so that no capture or measurement has to load it. */
bool attention_step_load(enum data_type type, struct error *error);

/* Returns the number of launches per step: 1, or 2 if there are splits to combine. */
uint32_t attention_step_launches(const struct attention_step *run);

/* Launches step t. `kernel`: index into attention_step_kernels. */
cudaError_t attention_step_launch(const struct attention_step *run, uint32_t kernel, uint32_t t,
                                  uint32_t shared_bytes, cudaStream_t stream);

__END_DECLS
