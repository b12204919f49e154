/*
 * per_token.h - the kernel that decodes one token of every sequence: launched once a step by
 * baseline_persistent_decode, and a node of persistent_decode_graph_chain.
 */
#ifndef KERNELS_CUDA_PER_TOKEN_H
#define KERNELS_CUDA_PER_TOKEN_H

#include "gpu_lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PER_TOKEN_SEQUENCES 4u  /* that a CTA decodes, a warp each */
#define PER_TOKEN_REPORT    64u /* steps between two words to the host on how far it is */

struct per_token {
    struct gpu_dot dot;
    uint32_t *base; /* device memory: what is added to a launch's step, which is captured and the
                     * same in every replay; NULL: nothing. Steps past SEQ_LEN are idle */
    struct gpu_link link; /* stamps are of the GPU's timer: each launch may run on other SMs */
};

/* Plans a CTA for every few sequences, each a program, and more_bytes beside it. */
bool per_token_plan(const struct knobs *knobs, const struct device_info *device,
                    uint64_t more_bytes, struct plan *plan, struct error *error);

/* Launches step t. `programmatic`: it may begin before the step before has ended, up to where it
 * needs that step's output (programmatic dependent launch; compute capability 9.0). */
cudaError_t per_token_launch(const struct per_token *run, uint32_t t, bool programmatic,
                             cudaStream_t stream);

/* Launches, as the last of a captured piece of `steps` steps, what moves run->base on to the next,
 * or back to 0 after the last. */
cudaError_t per_token_advance(const struct per_token *run, uint32_t steps, cudaStream_t stream);

/* Has the kernels loaded, so that nothing is under capture or in what is measured. */
bool per_token_load(struct error *error);

#ifdef __cplusplus
}
#endif

#endif
