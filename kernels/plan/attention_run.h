/*
 * attention_run.h - the arguments of a persistent attention kernel, and which rows of K and V each
 * of its programs reads. Host and device share this header.
 *
 *     unit      one K/V head of one sequence, with query heads of its group (attention_plan.h)
 *     piece     the rows of a unit that one program reads in every step
 *     partial   the sums over a piece: softmax weight, largest score, weighted V
 *     place     a program's entry in the work list: which pieces it has
 *     deal      the assignment of all pieces to programs (attention_deal.h)
 *
 * The host makes the deal, and a program looks up its pieces in a table. So sequences may have any
 * number of rows, and steps do not divide rows among programs. A piece is a fraction of its unit's
 * rows: units grow by one row per step, and pieces grow with them.
 */
#pragma once

#include "../attention.h"
#include "../cuda/link.h"

#ifdef __CUDACC__
#define ATTENTION_RUN_FUNCTION __host__ __device__ __forceinline__
#else
#define ATTENTION_RUN_FUNCTION static inline
#endif

#define ATTENTION_CUT 16u /* pieces start at multiples of this many rows */

/* The tensors, in device memory, in their stored type. */
struct gpu_attention {
    struct attention_shape shape;
    const void *q;
    void *out;
    const void *new_rows[2];  /* by attention_side */
    void *cache[2];           /* by attention_side */
    const uint32_t *contexts; /* [BATCH]; null: all are shape.context */
    const uint32_t *pages;    /* the page table (../attention.h); null: no pages */
};

/* A unit: one K/V head of one sequence, with query heads of its group. */
struct attention_unit {
    uint32_t b, g;
    uint32_t head, heads; /* the first query head, and the number of heads */
    uint32_t context;     /* rows before the first step */
};

/* A piece: the rows of a unit that one program reads in every step. Kernels load it 16 bytes at a
 * time. */
struct attention_piece {
    struct attention_unit unit;
    uint32_t from, to;   /* fractions of the unit's rows, in units of 2^-32; `to` 0: the end */
    uint32_t number;     /* index of the unit */
    uint32_t count;      /* pieces of the unit; 1: not shared */
    uint32_t first, own; /* indices of partials: the unit's first, and this piece's */
    uint32_t reserved;
};

/* A place: the pieces of one program. At most two are shared, and they come first. */
struct attention_place {
    uint32_t first, pieces; /* in the table of pieces */
    uint32_t fences; /* bit i set: in steps that equal i modulo a row block's rows, the newest row
                        completes a row block and needs a fence */
    uint32_t reserved;
};

/* The kernel's arguments. */
struct attention_run {
    struct gpu_attention data;
    struct gpu_link link;
    const struct attention_place *places; /* [programs], in device memory */
    const struct attention_piece *pieces; /* in device memory */
    float *partials;    /* [2: even, odd steps][partials of shared pieces][partial_floats] */
    uint32_t *counters; /* [units][ATTENTION_SHARED_LINES]: finished pieces; never reset */
    uint32_t round;     /* steps of all earlier iterations, which the counters include */
    uint32_t programs, units;
    uint32_t slots; /* partials per step */
    uint32_t heads, partial_floats;
    uint32_t warps, stages; /* warps that read rows; row blocks in flight per warp */
};

/* The row at fraction `part`, in units of 2^-32, of `rows` rows, rounded down to a multiple of
 * ATTENTION_CUT. */
ATTENTION_RUN_FUNCTION uint32_t attention_cut(uint32_t rows, uint32_t part)
{
    return (uint32_t)((uint64_t)rows * part >> 32) / ATTENTION_CUT * ATTENTION_CUT;
}

/* Rows of a unit that step t reads. */
ATTENTION_RUN_FUNCTION uint32_t attention_unit_rows(const struct attention_unit *unit, uint32_t t)
{
    return unit->context + t + 1;
}

/* A piece's rows [row, end) if its unit has `rows` rows. */
ATTENTION_RUN_FUNCTION uint32_t attention_piece_row(const struct attention_piece *piece,
                                                    uint32_t rows)
{
    return attention_cut(rows, piece->from);
}

ATTENTION_RUN_FUNCTION uint32_t attention_piece_end(const struct attention_piece *piece,
                                                    uint32_t rows)
{
    return piece->to == 0 ? rows : attention_cut(rows, piece->to);
}
