/*
 * attention_run.h - what a persistent attention kernel is given, and which rows of K and V each of
 * its programs reads; the same on host and device.
 *
 * A unit is one K/V head of one sequence with query heads of its group (attention_plan.h). A piece
 * is some rows of a unit that one program reads in every step; its sums are a partial. The host
 * deals the pieces (attention_deal.h) and the kernel finds them in a table: so sequences may have
 * rows in any number, and nothing is divided in a step. A piece is a part of its unit's rows, which
 * grow by one in each step, and so do the pieces.
 */
#ifndef KERNELS_PLAN_ATTENTION_RUN_H
#define KERNELS_PLAN_ATTENTION_RUN_H

#include "../attention.h"
#include "../cuda/link.h"

#ifdef __CUDACC__
#define ATTENTION_RUN_FUNCTION __host__ __device__ __forceinline__
#else
#define ATTENTION_RUN_FUNCTION static inline
#endif

#define ATTENTION_CUT 16u /* rows: pieces begin at multiples of it */

/* The tensors, in device memory, as stored. */
struct gpu_attention {
    struct attention_shape shape;
    const void *q;
    void *out;
    const void *new_rows[2];  /* by attention_side */
    void *cache[2];           /* by attention_side */
    const uint32_t *contexts; /* [BATCH]; null: all are shape.context */
    const uint32_t *pages;    /* the page table (../attention.h); null: there are no pages */
};

/* A K/V head of a sequence, and which query heads of its group. */
struct attention_unit {
    uint32_t b, g;
    uint32_t head, heads; /* the first, and how many */
    uint32_t context;     /* rows before the first step */
};

/* 16-byte loads read it. */
struct attention_piece {
    struct attention_unit unit;
    uint32_t from, to;   /* of the unit's rows, in units of 2^-32; `to` 0: all that follow */
    uint32_t number;     /* of the unit */
    uint32_t count;      /* pieces of the unit; 1: it is not shared */
    uint32_t first, own; /* partials: of the unit's first piece, and this one's */
    uint32_t reserved;
};

/* What a program has. Pieces that it shares come first: there are at most two. */
struct attention_place {
    uint32_t first, pieces; /* in the table of pieces */
    uint32_t fences;        /* bit i: rows of a unit fill a row block in step i, modulo its rows */
    uint32_t reserved;
};

/* What a kernel is given. */
struct attention_run {
    struct gpu_attention data;
    struct gpu_link link;
    const struct attention_place *places; /* [programs], in device memory */
    const struct attention_piece *pieces; /* likewise */
    float *partials;    /* [2][partials of shared pieces][partial_floats], by step */
    uint32_t *counters; /* [units][ATTENTION_SHARED_LINES]: pieces that are done; only grow */
    uint32_t round;     /* steps of earlier iterations in the counters */
    uint32_t programs, units;
    uint32_t slots; /* partials of a step */
    uint32_t heads, partial_floats;
    uint32_t warps, stages; /* that read rows; row blocks in flight of each */
};

/* The row that a part of `rows` rows begins with, in units of 2^-32. */
ATTENTION_RUN_FUNCTION uint32_t attention_cut(uint32_t rows, uint32_t part)
{
    return (uint32_t)((uint64_t)rows * part >> 32) / ATTENTION_CUT * ATTENTION_CUT;
}

/* Rows of a piece's unit that step t reads. */
ATTENTION_RUN_FUNCTION uint32_t attention_unit_rows(const struct attention_unit *unit, uint32_t t)
{
    return unit->context + t + 1;
}

/* Rows [row, end) of a unit that has `rows`: those of a piece. */
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

#endif
