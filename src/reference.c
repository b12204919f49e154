#include "reference.h"
#include "../kernels/inputs.h"
#include "reference_attention.h"

#include <math.h>

static double clamp(double x)
{
    if (x > (double)DOT_CLAMP)
        return (double)DOT_CLAMP;
    return x < -(double)DOT_CLAMP ? -(double)DOT_CLAMP : x;
}

double reference_tolerance(enum workload workload, const struct knobs *knobs)
{
    static const double tolerances[] = {
        [DTYPE_BF16] = 5e-3, [DTYPE_FP16] = 2e-3, [DTYPE_FP32] = 1e-5};
    return tolerances[workload == WORKLOAD_ATTENTION ? knobs->dtype : DTYPE_FP32];
}

uint32_t reference_parts(enum workload workload, const struct knobs *knobs)
{
    const int64_t heads = workload == WORKLOAD_ATTENTION ? knobs->num_heads : 1;
    return (uint32_t)(knobs->batch * heads);
}

const char *reference_part_name(enum workload workload)
{
    return workload == WORKLOAD_ATTENTION ? "head" : "sequence";
}

/* Adds to *sum the squares of sequence b's rows. */
static void add_dot(const struct knobs *knobs, uint32_t b, const float *rows,
                    struct reference_sum *sum)
{
    const uint64_t seed = (uint64_t)knobs->seed;
    const uint32_t head_dim = (uint32_t)knobs->head_dim;
    const double chain = knobs->chain ? (double)DOT_CHAIN : 0.0;
    float q[HEAD_DIM_MOST] = {0}, k[HEAD_DIM_MOST] = {0}, v[HEAD_DIM_MOST] = {0};
    double out[HEAD_DIM_MOST] = {0};
    for (uint32_t t = 0; t < knobs->seq_len; t++, rows += head_dim) {
        input_row(seed, INPUT_Q, b, t, head_dim, q);
        input_row(seed, INPUT_K, b, t, head_dim, k);
        input_row(seed, INPUT_V, b, t, head_dim, v);
        double dot = 0, products2 = 0;
        for (uint32_t d = 0; d < head_dim; d++) {
            const double product = (q[d] + chain * clamp(out[d])) * k[d];
            dot += product;
            products2 += product * product;
        }
        /* Rounding depends on the products, not on what is left when they cancel. A dot
         * product of such rows is about as large as their root sum of squares; one that is nearly 0
         * is measured by that.
         */
        const double size2 = dot * dot > products2 ? dot * dot : products2;
        for (uint32_t d = 0; d < head_dim; d++) {
            out[d] = v[d] * dot;
            double error = rows[d] - out[d];
            sum->error2 += error * error;
            sum->norm2 += v[d] * v[d] * size2;
        }
    }
}

double reference_compare(enum workload workload, const struct knobs *knobs, uint32_t part,
                         const float *rows, const uint32_t *cancel, struct reference_sum *sum)
{
    struct reference_sum own = {0};
    if (workload != WORKLOAD_ATTENTION)
        add_dot(knobs, part, rows, &own);
    else if (!reference_attention_add(knobs, part, rows, cancel, &own))
        return INFINITY;
    if (isnan(own.error2))
        own.error2 = INFINITY;
    sum->error2 += own.error2;
    sum->norm2 += own.norm2;
    return reference_error(&own);
}

double reference_error(const struct reference_sum *sum)
{
    return sum->error2 == 0 ? 0 : sqrt(sum->error2 / sum->norm2);
}

/* Fisher and Yates' shuffle. Its random numbers come from the generator of the inputs, from a
 * tensor that no workload has. */
void reference_order(uint64_t seed, uint32_t parts, uint32_t *order)
{
    for (uint32_t i = 0; i < parts; i++) {
        uint32_t words[4] = {UINT32_MAX, i, 0, 0};
        philox4x32_10(words, (uint32_t)seed, (uint32_t)(seed >> 32));
        uint32_t j = (uint32_t)(((uint64_t)words[0] * (i + 1)) >> 32);
        order[i] = order[j];
        order[j] = i;
    }
}
