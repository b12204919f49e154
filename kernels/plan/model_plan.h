/*
 * model_plan.h - the plans of the GPU variants of `model`: how a step is divided, how much shared
 * and device memory it takes, and where the tensors are.
 * Includes no CUDA header, so tests can plan for GPUs that the machine does not have.
 */
#pragma once

#include "../model.h"
#include "model_run.h"

__BEGIN_DECLS

#define MODEL_SMALL_BYTES 1024u /* shared memory for norm factors and other small data */
#define MODEL_RING_LEAST  2u    /* stages */
#define MODEL_RING_MOST   32u   /* stages */
/* Groups in flight in kernels without a ring of stages: MODEL_DEPTH_MOST if shared memory has room
 * and the next kernel does not need it (`overlaps`); MODEL_DEPTH_LEAST if there is no room for
 * MODEL_DEPTH. */
#define MODEL_DEPTH_LEAST 4u
#define MODEL_DEPTH       5u
#define MODEL_DEPTH_MOST  8u

/* ---- shared memory; the same on host and device --------------------------------------------- */

/* Groups per row block. */
INPUTS_FUNCTION uint32_t model_groups(uint32_t columns)
{
    return (columns + MODEL_GROUP_COLUMNS - 1) / MODEL_GROUP_COLUMNS;
}

/* Bytes from one sequence's activations to the next: whole groups, plus 64 bytes more than a
 * multiple of 128, so that 64-byte reads of two sequences use different banks. */
INPUTS_FUNCTION uint32_t model_act_stride(uint32_t columns)
{
    return model_groups(columns) * MODEL_GROUP_COLUMNS * 2 + 64;
}

/* The largest batch for which one tensor-core instruction per tile suffices (model_matrix.cuh). */
#define MODEL_BATCH_FEW 4u

/* Row blocks whose sums are added up after one barrier: an even number, and at most one sum per
 * thread. With 4 instead of 2 for large batches, a step took 4 % longer. */
INPUTS_FUNCTION uint32_t model_blocks_at_once(uint32_t batch)
{
    return batch == 2 ? 16 : batch <= MODEL_BATCH_FEW ? 8 : 2;
}

/* Bytes of shared memory for the warps' sums. */
INPUTS_FUNCTION uint32_t model_sums_bytes(uint32_t batch)
{
    return 2 * MODEL_WARPS * model_blocks_at_once(batch) * batch * MODEL_TILE_ROWS *
           (uint32_t)sizeof(float);
}

/* Bytes of shared memory for the activations of any phase, a multiple of 128. */
uint32_t model_act_bytes(const struct model_shape *shape);

/* Bytes of shared memory for the rows of x that one of `programs` persistent programs owns, a
 * multiple of 128. */
uint32_t model_own_bytes(const struct model_shape *shape, uint32_t programs);

/* Phases of a step. */
uint32_t model_phases(const struct model_shape *shape);

/* ---- device memory -------------------------------------------------------------------------- */

/* Byte offsets of everything in struct gpu_model, in one block of device memory. */
struct model_layout {
    uint64_t embedding, head, qkv, out, gate_up, down;
    /* MODEL_GROUP_BYTES of zeros. The last group of a row block may extend beyond the last matrix
     * (model_direct). Its excess weights are multiplied by 0, so they must be finite: 0 x NaN is
     * NaN. */
    uint64_t beyond;
    uint64_t attention_norm, mlp_norm, q_norm, k_norm, final_norm;
    uint64_t rope, cache[2], logits, first;
    uint64_t zeroed, best, step, zeroed_bytes; /* best and step are zeroed before each iteration */
    uint64_t words, x, raw, mixed, partials, inner, words_bytes; /* activations */
    uint64_t normed, result, operations;
    uint64_t total;
};

/* Computes the layout. words: as in struct gpu_model. */
struct model_layout model_lay_out(const struct model_shape *shape, uint32_t splits,
                                  uint32_t programs, bool words);

/* A gpu_model with the sizes of a shape; its pointers are NULL. */
struct gpu_model model_sizes_of(const struct model_shape *shape, uint32_t splits, bool words);

/* ---- plans ---------------------------------------------------------------------------------- */

/* Kernels exist for three ranges of BATCH: 1, 2 to MODEL_BATCH_FEW, and up to MODEL_BATCH_MOST. */
#define MODEL_RANGES 3u

/* The index of a batch's range. */
INPUTS_FUNCTION uint32_t model_batch_range(uint32_t batch)
{
    return batch == 1 ? 0 : batch <= MODEL_BATCH_FEW ? 1 : 2;
}

#define MODEL_DIMS 3u /* head dimensions of the kernels: 32, 64, 128 */

/* The index of a head dimension. */
INPUTS_FUNCTION uint32_t model_dim_index(uint32_t head_dim)
{
    return head_dim == 32 ? 0 : head_dim == 64 ? 1 : 2;
}

/* What distinguishes the variants. */
struct model_kernel {
    const char *name; /* the variant's name, for errors and the iteration's NVTX range */
    const void *const (*kernels)[MODEL_DIMS]; /* [range of batches] */
    const void *const (*phased)[MODEL_DIMS];  /* these also measure their phases; NULL: one launch
                                                 per phase */
    bool persistent;
    bool overlaps; /* the end of a kernel overlaps the start of the next one on the same SM */
    bool ring;     /* weights come through a ring in shared memory */
    uint32_t capability;
};

/* Member `plan` of struct variant_ops. plan->splits: the splits of attention. plan->stages: the
 * stages of the ring. */
bool model_plan(const struct model_kernel *kernel, const struct knobs *knobs,
                const struct device_info *device, const struct capacity *capacity,
                struct plan *plan, struct error *error);

__END_DECLS
