/*
 * attention_reference.h - the reference of the workload `attention`.
 *
 * Each step's error is relative to the norm of that step's own output. A flat query's output is
 * about sqrt(rows) times smaller than a needle's, so a sum over both kinds would hide every error
 * of flat queries. Because errors are measured per step, the comparison finds a single row dropped
 * among 10,000 in bf16, even without a needle.
 *
 * The formulas are those of attention.h, in double precision, from inputs rounded to DTYPE. Nothing
 * else is rounded except the output that CHAIN passes to the next step. The reference regenerates K
 * and V rows one tile at a time, so it needs little memory whatever CONTEXT is. One tile serves all
 * requested query heads. Steps depend on each other, so a crew parallelises over the rows within a
 * step.
 *
 * The chained output is the reference's own, not the one that the variant stored: the right answer
 * must not depend on the answer under test, or a step that is slightly wrong would excuse the next.
 * This works because the chain forgets. With q' = q + out / (2 rms(out)), a relative error e of out
 * changes each element of q' by e / 2. That changes the scores by about 0.3 e, whatever q and
 * CONTEXT are, because the length of a K row over sqrt(HEAD_DIM) is 1 / sqrt(3). The relative error
 * of the next out is no larger. So if an element is rounded the other way, a tenth of the effect
 * remains two steps later. The errors of SEQ_LEN steps are hardly larger than those of one. Needles
 * do not change this: they make scores large, but not the scores' sensitivity to out.
 */
#pragma once

#include "workload.h"

/* A member of struct workload. */
bool attention_reference(const struct workload_order *order);
