/*
 * attention_plan.h - the plans of the GPU variants of `attention`: how a step's rows are cut, what
 * shared and device memory that takes, and where the tensors lie. Includes no CUDA header, so that
 * tests plan for GPUs that are not there.
 *
 * A unit is what shares rows that are read: one K/V head of one sequence, with up to 16 query heads
 * of its group (8 in fp32), as many as a tensor-core tile has columns. A larger group makes several
 * units, which read the same rows. Unit ((b * KV_HEADS + g) * blocks + i) has the heads from i *
 * columns of the group.
 *
 * A warp reads K and V a row block at a time, which kernels call a strip: 16 rows of both (8 in
 * fp32).
 */
#ifndef KERNELS_PLAN_ATTENTION_PLAN_H
#define KERNELS_PLAN_ATTENTION_PLAN_H

#include "attention_run.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ATTENTION_WARPS        8u  /* of a CTA, that read rows, at most */
#define ATTENTION_SHARED_LINES 32u /* words from one unit's counter to the next's: a line each */

/* ---- shapes ---------------------------------------------------------------------------------- */

/* How heads become units, and which kernel of a table computes them. */
struct attention_units {
    uint32_t count;   /* units */
    uint32_t blocks;  /* units of a K/V head of a sequence */
    uint32_t columns; /* query heads of a unit, at most: 8 or 16 */
    uint32_t heads;   /* query heads of the fullest unit */
    uint32_t kernel;  /* index into a table of ATTENTION_KERNELS */
};

/* Kernels of a table {DTYPE, HEAD_DIM, columns}, in the order of the rows below. */
#define ATTENTION_KERNELS 10u
/* clang-format off */
#define ATTENTION_TABLE(ROW)                                                                       \
    ROW(DTYPE_BF16, 64, 8) ROW(DTYPE_BF16, 64, 16) ROW(DTYPE_BF16, 128, 8) ROW(DTYPE_BF16, 128, 16)\
    ROW(DTYPE_FP16, 64, 8) ROW(DTYPE_FP16, 64, 16) ROW(DTYPE_FP16, 128, 8) ROW(DTYPE_FP16, 128, 16)\
    ROW(DTYPE_FP32, 64, 8) ROW(DTYPE_FP32, 128, 8)
/* clang-format on */

struct attention_units attention_units_of(const struct attention_shape *shape);

/* Bytes of shared memory of one warp's row block. */
uint32_t attention_row_block_bytes(const struct attention_shape *shape);

/* Bytes of shared memory that a CTA of so many warps needs beside its row blocks. */
uint32_t attention_fixed_bytes(const struct attention_shape *shape,
                               const struct attention_units *units, uint32_t warps);

/* Floats of one partial: the sums of each head, then their largest score and their weight; rounded
 * up to whole lines. */
uint32_t attention_partial_floats(const struct attention_shape *shape,
                                  const struct attention_units *units);

/* Where the tensors lie in one block of device memory, in bytes: q at 0, new K and V one after the
 * other, then the caches of K and V, the sequences' contexts and the page table. */
struct attention_layout {
    uint64_t out;
    uint64_t new_rows, new_bytes; /* new_bytes: of one side */
    uint64_t cache, cache_bytes;  /* likewise */
    uint64_t contexts;
    uint64_t pages, pages_bytes; /* none: 0 bytes */
    uint64_t total;
};

struct attention_layout attention_lay_out(const struct attention_shape *shape);

/* ---- plans ----------------------------------------------------------------------------------- */

/* What differs between the persistent variants: how K and V reach a program's warps. Kernels call
 * it a feed. */
struct attention_loader {
    const char *name;           /* of the variant: in errors and of the iteration's range */
    const void *const *kernels; /* ATTENTION_KERNELS */
    const void *const *phased;  /* the same, with phases measured */
    uint32_t warps;             /* of an SM, that read rows, unless KV_TILE says otherwise */
    uint32_t stages;            /* row blocks in flight per warp if they fit, unless KV_STAGES says
                                 * otherwise; 1: there is no ring, and KV_STAGES is not read */
    uint32_t short_stages;      /* the same, in a step that reads little per program; 0: no fewer */
    uint32_t more_warps;        /* that read no rows, per warps_per of those that do */
    uint32_t warps_per;
    uint32_t capability; /* needed: 80, 90 */
};

/* Member `plan` of struct variant, of one persistent kernel per iteration: CTAS_PER_SM programs per
 * SM at most. plan->splits parts per unit, or 0: dealt by rows (attention_deal.h).
 * plan->work_bytes holds attention_partial_bytes, the units' counters, places and pieces. */
bool attention_plan_persistent(const struct attention_loader *loader, const struct knobs *knobs,
                               const struct device_info *device, const struct capacity *capacity,
                               struct plan *plan, struct error *error);

/* What the kernel of such a plan is given, but for tensors, link, work memory and what is dealt. */
struct attention_run attention_run_of(const struct plan *plan);

/* Bytes of the partials of such a plan, at most: [2][2 * programs][partial_floats], by step. */
uint64_t attention_partial_bytes(const struct plan *plan);

/* Where in its work memory the tables of programs and of pieces begin. */
uint64_t attention_places_offset(const struct plan *plan);
uint64_t attention_pieces_offset(const struct plan *plan);

/* What differs between the variants that launch kernels for every step. */
struct attention_stepper {
    const char *name;           /* of the iteration's range */
    const void *const *kernels; /* ATTENTION_KERNELS */
    uint32_t warps;             /* of a CTA */
    uint32_t splits;            /* 0: SPLITS, and where that is 0, what fills the device best */
    uint32_t captured_most;     /* steps of a graph with programmatic edges; 0: no graph */
};

/* Member `plan` of struct variant, of launches of units * splits CTAs: each unit is a program, and
 * stamps what its first CTA does. The plan holds the launch of one step. */
bool attention_plan_steps(const struct attention_stepper *stepper, const struct knobs *knobs,
                          const struct device_info *device, const struct capacity *capacity,
                          struct plan *plan, struct error *error);

#ifdef __cplusplus
}
#endif

#endif
