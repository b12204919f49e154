/*
 * attention_step.h - the kernels that do one step of attention: launched once a step by
 * attention_per_token and attention_split_kv, and nodes of attention_split_kv_graph.
 */
#ifndef KERNELS_CUDA_ATTENTION_STEP_H
#define KERNELS_CUDA_ATTENTION_STEP_H

#include "gpu_attention.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* How a step is cut, of resolved knobs but for SPLITS, and what that takes. */
struct attention_step_plan {
    struct attention_units units;
    uint32_t splits, warps, shared_bytes, partial_floats;
    uint64_t work_bytes;
};

/* splits: 1, or 0 for the knob's, or what fills the device best where that is 0. False: *error. */
bool attention_step_fit(const struct knobs *knobs, const struct device_info *device, uint32_t warps,
                        uint32_t splits, struct attention_step_plan *plan, struct error *error);

/* Opens the lab and fills *run. False: *error, nothing is held. */
bool attention_step_open(struct attention_lab *lab, const struct setup *setup, const char *name,
                         const struct attention_step_plan *plan, struct attention_step *run,
                         struct error *error);

/* Launches of a step: 1, or 2 where there is something to combine. */
uint32_t attention_step_launches(const struct attention_step *run);

/* Launches step t. */
cudaError_t attention_step_launch(const struct attention_step *run, uint32_t kernel, uint32_t t,
                                  uint32_t shared_bytes, cudaStream_t stream);

#ifdef __cplusplus
}
#endif

#endif
