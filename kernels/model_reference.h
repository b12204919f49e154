/*
 * model_reference.h - the reference of the workload `model`, in double precision, and how an output
 * is compared with it.
 *
 * The reference replays the tokens that the output contains: a token feeds the next step, so an
 * output that chose another of two nearly equal logits is right, but all that follows differs. As
 * all tokens are known, the reference takes all steps of a sequence at once, layer by layer, and
 * reads or generates each row of a weight matrix once per sequence.
 *
 * Everything is computed from bf16 weights and cache rows in double precision. One thing is
 * rounded: the reference rounds its own new K and V rows to bf16, as the contract demands
 * (model.h), and its later steps read the rounded rows. So an output that is nearly exact rounds
 * nearly all elements the same way, and the comparison sees only what else is wrong with it.
 * Without that, every K and V row would be off by the rounding itself, 0.17 %. The reference never
 * reads the output's rows: a row that is slightly wrong must not excuse the next.
 *
 * Comparison. The logits of a step, and each K and V row that it appends, are compared by
 *
 *     the larger of  |error| / |row|,  and  largest error of an element / (8 rms of the row)
 *
 * The second finds a single wrong element. An error that is spread evenly, as rounding is, has no
 * element beyond 6 times its root mean square even among millions, so the second is then the
 * smaller one. The error of a part is that of its worst row. Tokens must be the argmax of the
 * output's own logits, exactly; if one is not, the error is infinite. A right output's token need
 * not be the argmax of the reference's logits: each of its logits may be off by 8 * limit * rms, so
 * its token may be one whose logit is up to twice that below the best. A token further below would
 * take logits beyond that limit.
 *
 * Smallest fault that is found, with a limit of E for one part (3 times the tolerance, judge.h):
 * one logit or one element of one K or V row that is off by 8 E rms of its row, a row that is off
 * by E of its norm, one wrong token.
 */
#pragma once

#include "model.h"

/*
 * The tolerance of every part, with so many layers: about twice the error of exact arithmetic whose
 * activations are rounded to bf16 before every matrix, as tensor cores take them. Measured so, over
 * 12 to 32 steps: 1.1e-2 for `tiny` (4 layers), 1.7e-2 for llama-1b (16), 2.4e-2 for qwen3-0.6b
 * (28). Rounding errors of successive layers add up in the residual stream. With fp32 activations
 * errors stay far below: see tests/unit/test_cpu_model.c.
 */
static inline double model_tolerance(uint32_t layers)
{
    return 2e-2 + 1e-3 * layers;
}

/* Members of struct workload. model_compare.c has all but the first. */
bool model_reference(const struct workload_order *order);
void model_compare(const struct knobs *knobs, const struct workload_part *part,
                   const struct workload_expected *expected, const float *rows,
                   struct workload_sum *sum);
void model_locate(const struct knobs *knobs, uint32_t part,
                  const struct workload_expected *expected, const float *rows, char *text,
                  size_t size);

/* The token of a row of an output. UINT32_MAX: it is none of the vocabulary. */
uint32_t model_output_token(const struct model_shape *shape, const float *row);

/* A hash of the tokens that a part's steps read. */
uint64_t model_choices(const struct knobs *knobs, uint32_t part, const float *rows);
