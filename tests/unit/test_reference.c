#include "../../kernels/inputs.h"
#include "part.h"

#include <math.h>

static const struct knobs shape = {
    .seq_len = 40, .batch = 4, .head_dim = 64, .chain = 1, .seed = 42};

static const double tolerance = 3e-5; /* of a sequence */

enum form {
    HONEST,    /* the recurrence in fp32 */
    UNCHAINED, /* leaves out the chain */
    HOISTED,   /* leaves out the clamp, as code does that computes dot(q, k) before the loop */
};

static float *input_rows(const struct knobs *knobs, enum input_tensor tensor, uint32_t b)
{
    const size_t head_dim = (size_t)knobs->head_dim;
    float *rows = malloc((size_t)knobs->seq_len * head_dim * sizeof *rows);
    cr_assert_not_null(rows);
    for (uint32_t t = 0; t < knobs->seq_len; t++)
        input_row((uint64_t)knobs->seed, tensor, b, t, (uint32_t)head_dim, rows + t * head_dim);
    return rows;
}

/* A sequence's output as one of the forms computes it in fp32; the caller frees it. */
static float *compute(const struct knobs *knobs, uint32_t b, enum form form)
{
    const uint32_t head_dim = (uint32_t)knobs->head_dim;
    float *q = input_rows(knobs, INPUT_Q, b), *k = input_rows(knobs, INPUT_K, b),
          *v = input_rows(knobs, INPUT_V, b);
    float *out = malloc((size_t)knobs->seq_len * head_dim * sizeof *out);
    cr_assert_not_null(out);
    for (size_t t = 0, row = 0; t < (size_t)knobs->seq_len; t++, row += head_dim) {
        float dot = 0;
        for (size_t d = row; d < row + head_dim; d++) {
            float before = t > 0 && form != UNCHAINED ? out[d - head_dim] : 0;
            if (form == HONEST)
                before = fminf(fmaxf(before, -DOT_CLAMP), DOT_CLAMP);
            dot += (q[d] + DOT_CHAIN * before) * k[d];
        }
        for (size_t d = row; d < row + head_dim; d++)
            out[d] = v[d] * dot;
    }
    free(q);
    free(k);
    free(v);
    return out;
}

static double compare(const struct knobs *knobs, uint32_t b, const float *rows,
                      struct workload_sum *sum)
{
    return part_compare(&workload_dot, knobs, b, rows, sum);
}

static double error_of(const struct knobs *knobs, uint32_t b, enum form form)
{
    struct workload_sum sum = {0};
    float *rows = compute(knobs, b, form);
    double error = compare(knobs, b, rows, &sum);
    free(rows);
    return error;
}

/* A step computed by hand from the inputs: out[0] = v * dot(q, k). */
Test(reference, first_step)
{
    struct knobs one = shape;
    one.seq_len = 1;
    float rows[HEAD_DIM_MOST];
    double dot = 0;
    for (uint32_t d = 0; d < 64; d++)
        dot += (double)input_element(42, INPUT_Q, 2, 0, d) * input_element(42, INPUT_K, 2, 0, d);
    for (uint32_t d = 0; d < 64; d++)
        rows[d] = (float)(input_element(42, INPUT_V, 2, 0, d) * dot);
    struct workload_sum sum = {0};
    cr_assert_lt(compare(&one, 2, rows, &sum), 1e-7);
    cr_assert_gt(sum.norm2, 0);
}

Test(reference, correct_fp32_passes_with_a_large_margin)
{
    for (int64_t head_dim = 32; head_dim <= 256; head_dim += 32)
        for (uint32_t b = 0; b < 4; b++) {
            struct knobs knobs = shape;
            knobs.head_dim = head_dim;
            cr_assert_lt(error_of(&knobs, b, HONEST), 1e-6);
        }
}

/* Some of 4,096 dot products nearly cancel. Their rounding errors pass, and a result that leaves
 * out one product is still found. */
Test(reference, a_cancelling_dot_product_is_right)
{
    const struct knobs one_step = {.seq_len = 1, .batch = 4096, .head_dim = 256, .seed = 37};
    double most = 0, least = INFINITY;
    for (uint32_t b = 0; b < 4096; b++) {
        struct workload_sum sum = {0};
        float *rows = compute(&one_step, b, HONEST);
        most = fmax(most, compare(&one_step, b, rows, &sum));
        float q[256], k[256], v[256];
        input_row(37, INPUT_Q, b, 0, 256, q);
        input_row(37, INPUT_K, b, 0, 256, k);
        input_row(37, INPUT_V, b, 0, 256, v);
        for (int d = 0; d < 256; d++)
            rows[d] -= v[d] * q[b % 256] * k[b % 256];
        if (fabsf(q[b % 256] * k[b % 256]) > 0.1F)
            least = fmin(least, compare(&one_step, b, rows, &sum));
        free(rows);
    }
    cr_assert_lt(most, tolerance / 3);
    cr_assert_gt(least, 10 * tolerance);
}

Test(reference, without_the_chain_or_the_clamp_fails)
{
    for (int64_t head_dim = 32; head_dim <= 256; head_dim += 32) {
        struct knobs knobs = shape;
        knobs.head_dim = head_dim;
        cr_assert_gt(error_of(&knobs, 0, UNCHAINED), 1000 * tolerance);
        cr_assert_gt(error_of(&knobs, 0, HOISTED), 1000 * tolerance);
        knobs.chain = 0;
        cr_assert_lt(error_of(&knobs, 0, UNCHAINED), 1e-6);
    }
}

Test(reference, another_sequence_fails)
{
    struct workload_sum sum = {0};
    float *rows = compute(&shape, 1, HONEST);
    cr_assert_gt(compare(&shape, 0, rows, &sum), 0.5);
    free(rows);
}

Test(reference, nan_and_infinity_fail)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct workload_sum sum = {0};
        float *rows = compute(&shape, 0, HONEST);
        rows[(size_t)(shape.seq_len * shape.head_dim) - 1] = bad[i];
        cr_assert_eq(compare(&shape, 0, rows, &sum), INFINITY);
        cr_assert_eq(judge_error(&sum), INFINITY);
        free(rows);
    }
}

/* The error of a sum covers all its elements together. */
Test(reference, sums_add_up)
{
    struct workload_sum sum = {0};
    cr_assert_eq(judge_error(&sum), 0);
    float *right = compute(&shape, 0, HONEST), *wrong = compute(&shape, 1, UNCHAINED);
    double small = compare(&shape, 0, right, &sum);
    double large = compare(&shape, 1, wrong, &sum);
    cr_assert_gt(judge_error(&sum), small);
    cr_assert_lt(judge_error(&sum), large);
    free(right);
    free(wrong);
}

Test(reference, order_is_a_permutation_by_seed)
{
    enum { BATCH = 4096 };
    static uint32_t order[BATCH], again[BATCH], other[BATCH];
    static bool seen[BATCH];
    reference_order(42, BATCH, order);
    reference_order(42, BATCH, again);
    reference_order(43, BATCH, other);
    for (uint32_t i = 0; i < BATCH; i++) {
        cr_assert_lt(order[i], BATCH);
        cr_assert_not(seen[order[i]]);
        seen[order[i]] = true;
    }
    cr_assert_eq(memcmp(order, again, sizeof order), 0);
    cr_assert_neq(memcmp(order, other, sizeof order), 0);
}

/* Each of 8 sequences comes first equally often: with 8,000 seeds 1,000 times, within five standard
 * deviations. */
Test(reference, order_is_fair)
{
    uint32_t first[8] = {0}, order[8];
    for (uint64_t seed = 0; seed < 8000; seed++) {
        reference_order(seed, 8, order);
        first[order[0]]++;
    }
    for (int i = 0; i < 8; i++)
        cr_assert(fabs(first[i] - 1000.0) < 5 * sqrt(8000.0 / 8 * 7 / 8), "%u", first[i]);
}
