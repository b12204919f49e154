/*
 * attention_reference.h - the reference of the workload `attention`.
 *
 * Each step's error is relative to the length of its own output: a flat query's is about one in
 * sqrt(rows) of a needle's, and in a sum of both nothing that it shows could be seen. With that a
 * single row that is dropped among 10,000 is found in bf16 without a needle.
 *
 * The formulas are those of attention.h, in double precision from the inputs as rounded to DTYPE;
 * nothing is rounded but the output that CHAIN takes to the next step. K and V rows are made again,
 * a tile at a time, so it needs little memory, whatever CONTEXT is. A tile serves all query heads
 * that are asked for; steps depend on each other, so a crew shares the rows of each step.
 *
 * That output is the reference's own, not the one that the variant stored: what is right must not
 * depend on what is being judged, or a step that is a little wrong would excuse the next. It can
 * afford to, because the chain forgets: with q' = q + out / (2 rms(out)), a relative error e of out
 * changes q' by e / 2 an element, the scores by about 0.3 e whatever q and CONTEXT are (the length
 * of a K row over sqrt(HEAD_DIM) is 1 / sqrt(3)), and the next out by no more than that, relative
 * to itself. So an element that was rounded the other way is a tenth of that two steps later, and
 * the errors of SEQ_LEN steps are hardly larger than those of one. The needles do not change this:
 * they make scores large, but not how scores depend on out.
 */
#ifndef KERNELS_ATTENTION_REFERENCE_H
#define KERNELS_ATTENTION_REFERENCE_H

#include "workload.h"

/* A member of struct workload. */
bool attention_reference(const struct workload_order *order);

#endif
