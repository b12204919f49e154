#include "workload_dot.h"
#include "inputs.h"

#include <stdio.h>

uint32_t workload_dot_parts(const struct knobs *knobs)
{
    return (uint32_t)knobs->batch;
}

struct workload_part workload_dot_part(const struct knobs *knobs, uint32_t part)
{
    (void)part;
    return (struct workload_part){
        .rows = (uint32_t)knobs->seq_len, .columns = (uint32_t)knobs->head_dim, .tolerance = 1e-5};
}

void workload_dot_name_part(const struct knobs *knobs, uint32_t part, char *name, size_t size)
{
    (void)knobs;
    snprintf(name, size, "sequence %u", part);
}

static double clamp(double x)
{
    if (x > (double)DOT_CLAMP)
        return (double)DOT_CLAMP;
    return x < -(double)DOT_CLAMP ? -(double)DOT_CLAMP : x;
}

/* Computes row t of sequence b into out; `before` is its previous row. Returns its squared norm. */
static double compute_row(const struct knobs *knobs, uint32_t b, uint32_t t, const double *before,
                          double *out)
{
    const uint64_t seed = (uint64_t)knobs->seed;
    const uint32_t head_dim = (uint32_t)knobs->head_dim;
    float q[HEAD_DIM_MOST] = {0}, k[HEAD_DIM_MOST] = {0}, v[HEAD_DIM_MOST] = {0};
    input_row(seed, INPUT_Q, b, t, head_dim, q);
    input_row(seed, INPUT_K, b, t, head_dim, k);
    input_row(seed, INPUT_V, b, t, head_dim, v);
    double dot = 0, products2 = 0, v2 = 0;
    for (uint32_t d = 0; d < head_dim; d++) {
        const double chained = before ? (double)DOT_CHAIN * clamp(before[d]) : 0;
        const double product = (q[d] + chained) * k[d];
        dot += product;
        products2 += product * product;
    }
    for (uint32_t d = 0; d < head_dim; d++) {
        out[d] = v[d] * dot;
        v2 += v[d] * v[d];
    }
    /* Rounding errors scale with the products, even if the products cancel in the sum. Usually
     * |dot| is about as large as the root of the products' sum of squares. If it is smaller, that
     * root replaces it. */
    return v2 * (dot * dot > products2 ? dot * dot : products2);
}

/* Sequence b. */
static bool compute_part(const struct workload_order *order, uint32_t b,
                         const struct workload_expected *expected)
{
    const struct knobs *knobs = order->knobs;
    const double *before = NULL;
    double *out = expected->rows;
    for (uint32_t t = 0; t < knobs->seq_len; t++, out += knobs->head_dim) {
        if (workload_cancelled(order))
            return false;
        expected->sizes[t] = compute_row(knobs, b, t, before, out);
        before = knobs->chain ? out : NULL;
    }
    return true;
}

bool workload_dot_reference(const struct workload_order *order)
{
    for (uint32_t i = 0; i < order->count; i++)
        if (!compute_part(order, order->first + i, &order->expected[i]))
            return false;
    return true;
}

uint64_t workload_dot_step_bytes(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->head_dim * 4 * sizeof(float);
}

uint64_t workload_dot_step_flops(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->head_dim * (knobs->chain ? 5 : 3);
}

uint64_t workload_dot_memory_bytes(const struct knobs *knobs)
{
    return workload_dot_step_bytes(knobs) * (uint64_t)knobs->seq_len;
}

double workload_dot_dependent_step_ns(const struct ceilings *ceilings)
{
    return ceilings->dependent_step_ns;
}

const struct workload workload_dot = {
    .name = "dot",
    .knobs = WORKLOAD_DOT_KNOBS,
    .memory_bytes = workload_dot_memory_bytes,
    WORKLOAD_DOT_MEMBERS,
};
