/*
 * attention_resident.h - the host side of the persistent variants of attention: the plan that
 * shares a step's rows, what fits, the launch. They differ in how a program feeds its warps.
 *
 * All units' rows are cut in SPLITS parts each, and the programs share the parts in equal runs, the
 * same ones in every step: only the rows that a part has grow with the context. A program's parts
 * of one unit are a piece. At most two of its pieces, the first and the last, are of units that it
 * shares with others.
 */
#ifndef KERNELS_CUDA_ATTENTION_RESIDENT_H
#define KERNELS_CUDA_ATTENTION_RESIDENT_H

#include "gpu_attention.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a kernel is given. */
struct attention_run {
    struct gpu_attention data;
    struct gpu_link link;
    float *partials; /* [2][programs][2][partial_floats]: by step, then the first piece or last */
    uint32_t *counters; /* [units][ATTENTION_SHARED_LINES]: pieces that are done; only grow */
    uint32_t round;     /* steps of earlier iterations in the counters */
    uint32_t programs, units, blocks, splits, heads, partial_floats;
    uint32_t warps, stages; /* that read rows; strips in flight of each */
};

/* How a variant feeds its warps. */
struct attention_feed {
    const char *name;           /* of the iteration's range, and in errors */
    const void *const *kernels; /* ATTENTION_KERNELS */
    uint32_t warps, stages; /* 0: KV_TILE / 16, KV_STAGES; else as many stages as fit of these */
    uint32_t short_stages;  /* of a step in which a program reads little; 0: no fewer */
    uint32_t more_warps;    /* that do not read rows, for each warps_per of those that do */
    uint32_t warps_per;
    uint32_t capability; /* needed: 80, 90 */
};

struct attention_resident {
    struct attention_lab lab;
    struct attention_run run;
    const void *kernel;
    uint32_t threads, shared_bytes;
};

/* Members of struct variant, for a feed. */
bool attention_resident_supported(const struct attention_feed *feed, const struct knobs *knobs,
                                  const struct device_info *device, struct error *error);
void attention_resident_resolve(const struct attention_feed *feed, struct knobs *knobs,
                                const struct device_info *device);
void attention_resident_describe(const void *state, struct facts *facts);

/* Opens a zeroed state. False: *error, nothing is held. */
bool attention_resident_open(struct attention_resident *state, const struct attention_feed *feed,
                             const struct setup *setup, struct error *error);

/* Launches an iteration; `arguments` are the kernel's, the first of them &state->run. */
bool attention_resident_submit(struct attention_resident *state, void **arguments, enum look look,
                               struct error *error);

#ifdef __cplusplus
}
#endif

#endif
