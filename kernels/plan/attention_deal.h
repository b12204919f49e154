/*
 * attention_deal.h - deals the rows of all K/V heads of all sequences out to programs: the work
 * list of the persistent variants of attention, on GPUs and on the CPU.
 *
 * Where all sequences have as many rows, the rows of every unit are cut into `splits` parts, and
 * programs get equal runs of parts. A ragged batch is dealt by rows:
 *
 *   - splits 1: whole units, the longest first, each to the program that has least (R. L. Graham,
 *     "Bounds on Multiprocessing Timing Anomalies", 1969). No program waits for another.
 *   - splits 0: each unit gets programs of its own in proportion to its rows, if that is even
 *     enough; else programs get equal runs of all rows, and may begin in one unit and end in
 *     another. No piece has less than 32 rows, unless its unit has.
 *   - splits above 1: as with equal rows; the parts differ in length.
 *
 * So a program shares at most two units with others. Plain C, the same for the same arguments.
 */
#ifndef KERNELS_PLAN_ATTENTION_DEAL_H
#define KERNELS_PLAN_ATTENTION_DEAL_H

#include "attention_run.h"

#ifdef __cplusplus
extern "C" {
#endif

struct attention_units;

/* What is dealt. */
struct attention_deal {
    struct attention_place *places; /* [programs] */
    struct attention_piece *pieces; /* [pieces]; of a program one after the other */
    uint32_t programs, pieces_count;
    uint32_t slots; /* partials of all shared pieces: at most two a program */
};

/* Pieces of any deal, at most: a cut lies between two units or two programs. */
uint64_t attention_deal_most(uint32_t units, uint32_t programs);

/* Deals. programs: no more than there are parts, or where splits is 0 than attention_deal_worth.
 * False: no memory, and nothing is held. attention_deal_free gives back what was dealt. */
bool attention_deal_make(const struct attention_shape *shape, const struct attention_units *units,
                         uint32_t programs, uint32_t splits, struct attention_deal *deal);
void attention_deal_free(struct attention_deal *deal);

/* Of a ragged batch: rows of the program that has most, if whole units are dealt. UINT64_MAX: no
 * memory to find out. */
uint64_t attention_deal_fullest(const struct attention_shape *shape,
                                const struct attention_units *units, uint32_t programs);

/* Programs that are worth having, of a ragged batch: each has 32 rows of a unit, or all of it. */
uint64_t attention_deal_worth(const struct attention_shape *shape,
                              const struct attention_units *units);

#ifdef __cplusplus
}
#endif

#endif
