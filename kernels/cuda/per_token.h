/*
 * per_token.h - the kernel that decodes one token of every sequence: baseline_persistent_decode
 * launches it once per step, and persistent_decode_graph_chain makes it a node.
 */
#pragma once

#include "gpu_lab.h"

__BEGIN_DECLS

#define PER_TOKEN_SEQUENCES 4u  /* sequences per CTA, one warp each */
#define PER_TOKEN_REPORT    64u /* steps between progress reports to the host */

struct per_token {
    struct gpu_dot dot;
    uint32_t *base; /* device memory: the first step of a replay, which a captured launch adds to
                       its own step; NULL: 0. Launches past SEQ_LEN do nothing */
    struct gpu_link link; /* stamps use the GPU's timer: a launch may run on any SM */
};

/* Plans one program for every PER_TOKEN_SEQUENCES sequences; a program is a CTA. more_bytes: device
 * memory that the variant needs besides the tensors of `dot`. False: *error says why not. */
bool per_token_plan(const struct knobs *knobs, const struct device_info *device,
                    uint64_t more_bytes, struct plan *plan, struct error *error);

/* Launches step t. `programmatic`: the kernel may start before the previous step has ended, and
 * waits where it needs that step's output (programmatic dependent launch; compute capability
 * 9.0). */
cudaError_t per_token_launch(const struct per_token *run, uint32_t t, bool programmatic,
                             cudaStream_t stream);

/* Launches the last node of a captured piece of `steps` steps. It advances run->base to the next
 * piece, or resets it to 0 after the last. */
cudaError_t per_token_advance(const struct per_token *run, uint32_t steps, cudaStream_t stream);

/* Opens the lab of a variant with these kernels, according to setup->plan; range_name: the
 * iteration's NVTX range. Loads the kernels, so that no capture or measurement loads them. False:
 * *error says why, and there is nothing to close. */
bool per_token_open(struct gpu_lab *lab, const struct setup *setup, const char *range_name,
                    struct error *error);

__END_DECLS
