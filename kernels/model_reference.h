/*
 * model_reference.h - the reference of the workload `model`, in double precision, and how an output
 * is compared with it.
 *
 * The reference replays the tokens of the output. If two logits are nearly equal, an output may
 * choose a different token than the reference and still be right. But a token is the input of the
 * next step, so all later steps would differ from a reference that chose its own tokens. Because
 * all tokens are known, the reference computes all steps of a sequence at once, layer by layer. So
 * it reads or generates each row of a weight matrix once per sequence.
 *
 * The reference computes in double precision from bf16 weights and cache rows. It rounds only its
 * own new K and V rows to bf16, as model.h demands, and its later steps read the rounded rows. A
 * nearly exact output rounds nearly all elements the same way, so its rounding does not count as an
 * error. Without this, every K and V row would have an error of 0.17 % from rounding alone. The
 * reference never reads the output's rows: a slightly wrong row must not excuse an error in the
 * next row.
 *
 * Comparison. The error of a step's logits, and of each K and V row that the step appends, is
 *
 *     the larger of  |error| / |row|,  and  largest error of an element / (8 rms of the row)
 *
 * The second term finds a single wrong element. For an evenly spread error, such as rounding, the
 * second term is the smaller one: even among millions of elements, none is above 6 times the root
 * mean square. The error of a part is the error of its worst row. A token must be exactly the
 * argmax of the output's own logits, or else the error is infinite. It need not be the argmax of
 * the reference's logits. In a right output, each logit differs from the reference's by at most 8 *
 * limit * rms. So in the reference, the chosen token's logit may be below the largest logit by up
 * to twice that. If it is lower, the error of some logit exceeds
 * the limit.
 *
 * Smallest faults that the comparison finds, with a limit of E for one part (3 times the tolerance,
 * judge.h): one logit, or one element of a K or V row, with an error of 8 E times the rms of its
 * row; a row with an error of E times its norm; one wrong token.
 */
#pragma once

#include "model.h"

/*
 * The tolerance of every part of a model with `layers` layers. It is about twice the error of exact
 * arithmetic that rounds activations to bf16 before every matrix, because tensor cores take bf16.
 * That error, measured over 12 to 32 steps: 1.1e-2 for `tiny` (4 layers), 1.7e-2 for llama-1b (16),
 * 2.4e-2 for qwen3-0.6b (28). It grows with the layers because their rounding errors add up in the
 * residual stream. With fp32 activations, errors are far smaller: see tests/unit/test_cpu_model.c.
 */
static inline double model_tolerance(uint32_t layers)
{
    return 2e-2 + 1e-3 * layers;
}

/* Members of struct workload. model_compare.c contains all except model_reference. */
bool model_reference(const struct workload_order *order);
void model_compare(const struct knobs *knobs, const struct workload_part *part,
                   const struct workload_expected *expected, const float *rows,
                   struct workload_sum *sum);
void model_locate(const struct knobs *knobs, uint32_t part,
                  const struct workload_expected *expected, const float *rows, char *text,
                  size_t size);

/* Returns the token in a row of an output. UINT32_MAX: it is not in the vocabulary. */
uint32_t model_output_token(const struct model_shape *shape, const float *row);

/* Returns a hash of the tokens that a part's steps read. */
uint64_t model_choices(const struct knobs *knobs, uint32_t part, const float *rows);
