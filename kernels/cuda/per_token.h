/*
 * per_token.h - the kernel that decodes one token of every sequence: baseline_persistent_decode
 * launches it once per step, and persistent_decode_graph_chain captures it as a node per step.
 */
#pragma once

#include "gpu_lab.h"

__BEGIN_DECLS

#define PER_TOKEN_SEQUENCES 4u  /* sequences per CTA; each has one warp */
#define PER_TOKEN_REPORT    64u /* steps between progress reports to the host */

struct per_token {
    struct gpu_dot dot;
    uint32_t *base; /* in device memory: the first step of a replay, to which each captured launch
                       adds its own step; NULL: 0. A launch for a step past SEQ_LEN does nothing */
    struct gpu_link link; /* stamps use the GPU's timer: any SM may run a launch */
};

/* Plans one program, which is a CTA, for every PER_TOKEN_SEQUENCES sequences. more_bytes: device
 * memory that the variant needs besides the tensors of `dot`. If there is not enough memory,
 * returns false, and *error says so. */
bool per_token_plan(const struct knobs *knobs, const struct device_info *device,
                    uint64_t more_bytes, struct plan *plan, struct error *error);

/* Launches step t. `programmatic`: the kernel may start before the previous step has ended, and
 * waits when it needs that step's output (programmatic dependent launch, which needs compute
 * capability 9.0). */
cudaError_t per_token_launch(const struct per_token *run, uint32_t t, bool programmatic,
                             cudaStream_t stream);

/* Launches the last node of a captured piece of `steps` steps. The node adds `steps` to run->base,
 * or resets it to 0 after the last piece. */
cudaError_t per_token_advance(const struct per_token *run, uint32_t steps, cudaStream_t stream);

/* Opens the lab of a variant with these kernels, according to setup->plan. range_name: name of the
 * iteration's NVTX range. Loads the kernels, so that no capture or measurement has to load them. If
 * it fails, returns false, *error says why, and there is nothing to close. */
bool per_token_open(struct gpu_lab *lab, const struct setup *setup, const char *range_name,
                    struct error *error);

__END_DECLS
