/*
 * dot_body.h - the body of one dot_step. dot.c includes it once per SIMD path, with
 *
 *     DOT_STEP    the function's name
 *     DOT_TARGET  its target attribute, or nothing
 *     DOT_LANES   floats in a vector of the path: 4, 8 or 16
 *
 * It processes 32 elements at a time, in independent sums, so that the latency of an addition does
 * not limit the loop.
 */
DOT_TARGET static void DOT_STEP(const struct dot_tensors *tensors, uint64_t t, uint32_t first,
                                uint32_t last)
{
    enum { SUMS = 32 / DOT_LANES };
    typedef float vector __attribute__((vector_size(DOT_LANES * 4), may_alias));
    typedef int32_t mask __attribute__((vector_size(DOT_LANES * 4)));
    typedef float quad __attribute__((vector_size(16)));

    const uint32_t vectors = tensors->head_dim / DOT_LANES;
    const bool chained = tensors->chain && t > 0;
    const vector upper = (vector){0} + DOT_CLAMP;
    const vector lower = (vector){0} - DOT_CLAMP;

    for (uint32_t b = first; b < last; b++) {
        const uint64_t row = (b * tensors->seq_len + t) * tensors->head_dim;
        const vector *q = (const vector *)(tensors->q + row);
        const vector *k = (const vector *)(tensors->k + row);
        const vector *v = (const vector *)(tensors->v + row);
        vector *out = (vector *)(tensors->out + row);
        const vector *before = chained ? out - vectors : (const vector *)zero_row;

        vector sums[SUMS] = {{0}};
        for (uint32_t i = 0; i < vectors; i += SUMS) {
#pragma GCC unroll 8
            for (uint32_t j = 0; j < SUMS; j++) {
                vector x = before[i + j];
                mask above = x > upper;
                x = (vector)(((mask)upper & above) | ((mask)x & ~above));
                mask below = x < lower;
                x = (vector)(((mask)lower & below) | ((mask)x & ~below));
                sums[j] += (q[i + j] + DOT_CHAIN * x) * k[i + j];
            }
        }
#pragma GCC unroll 8
        for (uint32_t j = 1; j < SUMS; j++)
            sums[0] += sums[j];

        union {
            vector whole;
            quad quads[DOT_LANES / 4];
        } parts = {.whole = sums[0]};
        quad sum = parts.quads[0];
#pragma GCC unroll 4
        for (uint32_t j = 1; j < DOT_LANES / 4; j++)
            sum += parts.quads[j];
        const float dot = (sum[0] + sum[2]) + (sum[1] + sum[3]);

        for (uint32_t i = 0; i < vectors; i++)
            out[i] = v[i] * dot;
    }
}

#undef DOT_STEP
#undef DOT_TARGET
#undef DOT_LANES
