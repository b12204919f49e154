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
    uint32_t *base; /* device memory: added to a launch's step, because captured launches are the
                       same in every replay; NULL: nothing to add. Steps past SEQ_LEN are idle */
    struct gpu_link link; /* stamps use the GPU's timer: each launch may run on other SMs */
};

/* Plans one CTA for every few sequences, each a program, and more_bytes besides. */
bool per_token_plan(const struct knobs *knobs, const struct device_info *device,
                    uint64_t more_bytes, struct plan *plan, struct error *error);

/* Launches step t. `programmatic`: it may start before the previous step has ended, and runs up to
 * where it needs that step's output (programmatic dependent launch; compute capability 9.0). */
cudaError_t per_token_launch(const struct per_token *run, uint32_t t, bool programmatic,
                             cudaStream_t stream);

/* Launches the last node of a captured piece of `steps` steps. It advances run->base to the next
 * piece, or resets it to 0 after the last. */
cudaError_t per_token_advance(const struct per_token *run, uint32_t steps, cudaStream_t stream);

/* Loads the kernels, so that loading happens neither under capture nor during a measurement. */
bool per_token_load(struct error *error);

__END_DECLS
