/*
 * attention_run.h - what a persistent attention kernel is given, which rows of K and V each of its
 * programs reads, and which programs share a unit; the same on host and device.
 *
 * A unit is one K/V head of one sequence with query heads of its group (attention_plan.h). The rows
 * of every unit are cut into `splits` parts, and the programs share the parts of all units in equal
 * runs. The shares are the same in every step: only the rows of a part grow with the context.
 *
 * A piece is all parts of one unit that one program has; its sums are a partial. At most two pieces
 * of a program, its first and its last, belong to units that it shares with other programs.
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

#define ATTENTION_CUT 16u /* rows: parts begin at multiples of it */

/* The tensors, in device memory, as stored. */
struct gpu_attention {
    struct attention_shape shape;
    const void *q;
    void *out;
    const void *new_rows[2]; /* by attention_side */
    void *cache[2];          /* by attention_side */
};

/* What a kernel is given. No program is without a part. */
struct attention_run {
    struct gpu_attention data;
    struct gpu_link link;
    float *partials; /* [2][programs][2][partial_floats]: by step, then the first piece or last */
    uint32_t *counters; /* [units][ATTENTION_SHARED_LINES]: pieces that are done; only grow */
    uint32_t round;     /* steps of earlier iterations in the counters */
    uint32_t programs, units;
    uint32_t blocks; /* units of a K/V head of a sequence */
    uint32_t splits, heads, partial_floats;
    uint32_t warps, stages; /* that read rows; row blocks in flight of each */
};

struct attention_place {
    uint32_t program;
    uint32_t part, part_end; /* its parts, counted over all units */
    uint32_t unit;           /* the first that it has parts of */
    uint32_t pieces;
};

ATTENTION_RUN_FUNCTION uint32_t attention_first_part(const struct attention_run *run,
                                                     uint32_t program)
{
    return (uint32_t)((uint64_t)run->units * run->splits * program / run->programs);
}

/* The program that has a part: the last one whose parts begin at or before it. */
ATTENTION_RUN_FUNCTION uint32_t attention_program_of(const struct attention_run *run, uint32_t part)
{
    return (uint32_t)((((uint64_t)part + 1) * run->programs - 1) /
                      ((uint64_t)run->units * run->splits));
}

ATTENTION_RUN_FUNCTION struct attention_place attention_place_of(const struct attention_run *run,
                                                                 uint32_t program)
{
    struct attention_place place;
    place.program = program;
    place.part = attention_first_part(run, program);
    place.part_end = attention_first_part(run, program + 1);
    place.unit = place.part / run->splits;
    place.pieces = (place.part_end - 1) / run->splits - place.unit + 1;
    return place;
}

/* Rows [row, end) of a unit, in a step that reads `rows`. */
struct attention_piece {
    uint32_t unit, row, end;
    bool shared; /* other programs have the rest */
    bool newest; /* it has the step's own row */
};

/* Piece k of a program: the first, the last, then those between. */
ATTENTION_RUN_FUNCTION struct attention_piece
attention_piece_of(const struct attention_run *run, const struct attention_place *place, uint32_t k,
                   uint32_t rows)
{
    struct attention_piece piece;
    piece.unit = place->unit + (k == 0 ? 0 : k == 1 ? place->pieces - 1 : k - 1);
    const uint32_t base = piece.unit * run->splits;
    const uint32_t from = place->part > base ? place->part - base : 0;
    const uint32_t to = place->part_end - base < run->splits ? place->part_end - base : run->splits;
    piece.newest = to == run->splits;
    piece.shared = from > 0 || !piece.newest;
    piece.row = from == 0 ? 0 : rows * from / run->splits / ATTENTION_CUT * ATTENTION_CUT;
    piece.end = piece.newest ? rows : rows * to / run->splits / ATTENTION_CUT * ATTENTION_CUT;
    return piece;
}

/* A unit that a program shares: pieces of programs [first, first + count). */
struct attention_share {
    bool shared;
    uint32_t unit, first, count;
    uint32_t first_slot; /* of the first program's two partials */
};

ATTENTION_RUN_FUNCTION struct attention_share
attention_share_of(const struct attention_run *run, const struct attention_place *place, uint32_t k)
{
    struct attention_share share = {};
    if (k >= place->pieces)
        return share;
    const struct attention_piece piece = attention_piece_of(run, place, k, 1);
    share.shared = piece.shared;
    share.unit = piece.unit;
    share.first = attention_program_of(run, piece.unit * run->splits);
    share.count = attention_program_of(run, (piece.unit + 1) * run->splits - 1) - share.first + 1;
    share.first_slot = attention_first_part(run, share.first) / run->splits != piece.unit;
    return share;
}

#endif
