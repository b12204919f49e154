/*
 * attention_step.h - the kernels that do one step of attention: attention_per_token and
 * attention_split_kv launch them once per step, and attention_split_kv_graph captures them.
 */
#ifndef KERNELS_CUDA_ATTENTION_STEP_H
#define KERNELS_CUDA_ATTENTION_STEP_H

#include "gpu_attention.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ATTENTION_SPLIT_WARPS 4u /* of a CTA of split units: two or three CTAs share an SM */
#define ATTENTION_STEP_REPORT                                                                      \
    64u /* steps between two reports to the host; the first unit reports each */

/* What a kernel is given. A program is a unit: its stamps begin with its first CTA. */
struct attention_step {
    struct gpu_attention data;
    struct gpu_link link; /* stamps are of the GPU's timer: each launch may run on other SMs */
    float *partials;      /* [units][splits][partial_floats]; of one split none */
    uint32_t units, blocks, columns, splits, heads, partial_floats;
    uint32_t warps;    /* of a CTA */
    uint32_t together; /* whether a launch may begin before the one before has ended */
};

/* The kernels of a step's parts, for plans. */
extern const void *const attention_step_kernels[ATTENTION_KERNELS];

/* Has the kernel loaded that adds up parts, so that loading is neither under capture nor measured.
 */
bool attention_step_load(enum data_type type, struct error *error);

/* Launches of a step: 1, or 2 where there is something to combine. */
uint32_t attention_step_launches(const struct attention_step *run);

/* Launches step t. `kernel`: of the table. */
cudaError_t attention_step_launch(const struct attention_step *run, uint32_t kernel, uint32_t t,
                                  uint32_t shared_bytes, cudaStream_t stream);

#ifdef __cplusplus
}
#endif

#endif
