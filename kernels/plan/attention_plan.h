/*
 * attention_plan.h - the plans of the GPU variants of `attention`: how a step's rows are divided,
 * how much shared and device memory it takes, and where the tensors are. Includes no CUDA header,
 * so tests can plan for GPUs that the machine does not have.
 *
 * A unit is one K/V head of one sequence with up to 16 query heads of its group (8 in fp32): as
 * many as a tensor-core tile has columns. All of them share the rows that the unit reads. A larger
 * group makes several units, which read the same rows. Unit ((b * KV_HEADS + g) * blocks + i) has
 * the group's heads from i * columns on.
 *
 * A warp reads K and V one row block at a time: 16 rows of both (8 in fp32).
 */
#pragma once

#include "attention_run.h"

__BEGIN_DECLS

#define ATTENTION_WARPS 8u /* most warps of a CTA that read rows */
/* Bytes of row blocks per SM, unless the least number of stages needs more. More bytes in flight
 * only delay urgent reads: with 192 KiB, steps on an H200 take 1 to 5 % longer. */
#define ATTENTION_RING_BYTES   (UINT32_C(128) << 10)
#define ATTENTION_SHARED_LINES 32u /* words from one unit's counter to the next: one cache line */

/* ---- shapes --------------------------------------------------------------------------------- */

/* How heads form units, and which kernel of a table computes them. */
struct attention_units {
    uint32_t count;   /* units of all sequences */
    uint32_t blocks;  /* units per K/V head of a sequence */
    uint32_t columns; /* most query heads per unit: 8 or 16 */
    uint32_t heads;   /* query heads of the largest unit */
    uint32_t kernel;  /* index into a table of ATTENTION_KERNELS */
};

/* The kernels of a table, one per {DTYPE, HEAD_DIM, columns}, in the order of the rows below. */
#define ATTENTION_KERNELS 10u
/* clang-format off */
#define ATTENTION_HALF_TABLE(ROW)                                                                  \
    ROW(DTYPE_BF16, 64, 8) ROW(DTYPE_BF16, 64, 16) ROW(DTYPE_BF16, 128, 8) ROW(DTYPE_BF16, 128, 16)\
    ROW(DTYPE_FP16, 64, 8) ROW(DTYPE_FP16, 64, 16) ROW(DTYPE_FP16, 128, 8) ROW(DTYPE_FP16, 128, 16)
#define ATTENTION_TABLE(ROW)                                                                       \
    ATTENTION_HALF_TABLE(ROW) ROW(DTYPE_FP32, 64, 8) ROW(DTYPE_FP32, 128, 8)
/* clang-format on */

struct attention_units attention_units_of(const struct attention_shape *shape);

/* Rows of a row block. */
static inline uint32_t attention_row_block(const struct attention_shape *shape)
{
    return shape->type == DTYPE_FP32 ? 8 : 16;
}

/* Bytes of shared memory of one warp's row block. */
uint32_t attention_row_block_bytes(const struct attention_shape *shape);

/* Bytes of shared memory that a CTA of `warps` warps needs besides its row blocks. */
uint32_t attention_fixed_bytes(const struct attention_shape *shape,
                               const struct attention_units *units, uint32_t warps);

/* Floats of one partial: the sums of each head, then the heads' largest scores and weights, rounded
 * up to whole cache lines. */
uint32_t attention_partial_floats(const struct attention_shape *shape,
                                  const struct attention_units *units);

/* Byte offsets of the tensors in one block of device memory: q at 0, then out, new K and new V, the
 * caches of K and V, the sequences' contexts and the page table. */
struct attention_layout {
    uint64_t out;
    uint64_t new_rows, new_bytes; /* new_bytes: K or V alone */
    uint64_t cache, cache_bytes;  /* cache_bytes: K or V alone */
    uint64_t contexts;
    uint64_t pages, pages_bytes; /* 0 bytes: no pages */
    uint64_t total;
};

struct attention_layout attention_lay_out(const struct attention_shape *shape);

/* ---- plans ---------------------------------------------------------------------------------- */

/* What distinguishes the persistent variants: the loader, which brings K and V to a program's
 * warps. */
struct attention_loader {
    const char *name;           /* the variant's name, for errors and the iteration's NVTX range */
    const void *const *kernels; /* ATTENTION_KERNELS */
    const void *const *phased;  /* the same kernels, but they measure phases */
    uint32_t warps;             /* warps per SM that read rows, unless KV_TILE overrides it */
    uint32_t stages; /* row blocks in flight per warp if they fit, unless KV_STAGES overrides it; 1:
                        no ring, and KV_STAGES is ignored */
    uint32_t short_stages; /* stages in a step that reads little per program; 0: not reduced */
    uint32_t more_warps;   /* extra warps that read no rows, per warps_per warps that read rows */
    uint32_t warps_per;
    uint32_t capability; /* minimum compute capability: 80, 90 */
    /* Kernels with a cluster of CTAs per unit (attention_clusters.h). NULL: the variant has none,
     * and does not read STEP_SYNC. The entry of a type without such a kernel is NULL. */
    const void *const *clustered;
    const void *const *clustered_phased;
};

/* Member `plan` of struct variant_ops, for one persistent kernel per iteration with at most
 * CTAS_PER_SM programs per SM. With loader->clustered, STEP_SYNC chooses between a cluster per unit
 * and counters in memory (flag). plan->splits: parts per unit; 0: dealt by rows (attention_deal.h).
 * plan->work_bytes is for attention_partial_bytes, then the units' counters, places and pieces. */
bool attention_plan_persistent(const struct attention_loader *loader, const struct knobs *knobs,
                               const struct device_info *device, const struct capacity *capacity,
                               struct plan *plan, struct error *error);

/* The arguments of a persistent plan's kernel, except tensors, link, work memory and the deal. */
struct attention_run attention_run_of(const struct plan *plan);

/* The most bytes that the partials of a persistent plan take: [2][2 * programs][partial_floats];
 * the first index alternates by step. */
uint64_t attention_partial_bytes(const struct plan *plan);

/* Offsets of the tables of places and of pieces in work memory. */
uint64_t attention_places_offset(const struct plan *plan);
uint64_t attention_pieces_offset(const struct plan *plan);

/* What distinguishes the variants that launch kernels for every step. */
struct attention_stepper {
    const char *name;           /* name of the iteration's NVTX range */
    const void *const *kernels; /* ATTENTION_KERNELS */
    uint32_t warps;             /* per CTA */
    uint32_t splits; /* 0: use SPLITS, and if SPLITS is 0, the number that fills the device best */
    uint32_t captured_most; /* most steps in a graph with programmatic edges; 0: no graph */
};

/* Member `plan` of struct variant_ops, for launches of units * splits CTAs. Each unit is one
 * program, and its first CTA writes the stamps. The plan describes the launch of one step. */
bool attention_plan_steps(const struct attention_stepper *stepper, const struct knobs *knobs,
                          const struct device_info *device, const struct capacity *capacity,
                          struct plan *plan, struct error *error);

__END_DECLS
