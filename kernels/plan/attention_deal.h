/*
 * attention_deal.h - deals (divides) the rows of all K/V heads of all sequences among programs. The
 * result is the work list of the persistent variants of attention, on GPUs and on the CPU.
 * attention_run.h defines unit, piece, partial and place.
 *
 * If all sequences have equally many rows, every unit is cut into `splits` parts, and programs get
 * equal runs of parts. A ragged batch is dealt by rows:
 *
 *   - splits 1: whole units, the longest first, each to the program with the smallest load so far
 *     (R. L. Graham, "Bounds on Multiprocessing Timing Anomalies", 1969). No program waits for
 *     another.
 *   - splits 0: each unit gets dedicated programs in proportion to its rows, if that is balanced
 *     enough. Otherwise programs get equal runs of all rows, which may start in one unit and end in
 *     another. A piece has at least 32 rows, unless its unit has fewer.
 *   - splits above 1: as with equal rows, but the parts differ in length.
 *
 * So a program shares at most two units with other programs. Plain C. The deal depends only on the
 * arguments.
 */
#pragma once

#include "attention_run.h"

__BEGIN_DECLS

struct attention_units;

/* A deal: the table of programs and the table of pieces. */
struct attention_deal {
    struct attention_place *places; /* [programs] */
    struct attention_piece *pieces; /* [pieces]; a program's pieces are consecutive */
    uint32_t programs, pieces_count;
    uint32_t slots; /* partials of all shared pieces: at most two per program */
};

/* The most pieces in any deal: each piece ends where a unit or a program ends. */
uint64_t attention_deal_most(uint32_t units, uint32_t programs);

/* Makes the deal. programs: at most the number of parts, or attention_deal_worth if splits is 0.
 * Free the deal with attention_deal_free. False: out of memory, and there is nothing to free. */
bool attention_deal_make(const struct attention_shape *shape, const struct attention_units *units,
                         uint32_t programs, uint32_t splits, struct attention_deal *deal);
void attention_deal_free(struct attention_deal *deal);

/* The greatest common divisor. */
static inline uint64_t attention_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* For a ragged batch: the largest load in rows if whole units are dealt. UINT64_MAX: out of
 * memory. */
uint64_t attention_deal_fullest(const struct attention_shape *shape,
                                const struct attention_units *units, uint32_t programs);

/* For a ragged batch: the largest useful number of programs, at which each program has at least 32
 * rows of a unit, or a whole unit. */
uint64_t attention_deal_worth(const struct attention_shape *shape,
                              const struct attention_units *units);

__END_DECLS
