/*
 * gpu_tensor.cu - kernels that prepare and check the tensors of `dot`. They are not part of a
 * measurement.
 */
#include "../inputs.h"
#include "gpu.cuh"
#include "gpu_lab.h"

#define THREADS 256u
#define CTAS    1056u /* 8 per SM of an H100; any number works */

#define POISON UINT32_C(0x7FC0DEAD) /* a quiet NaN that is easy to recognise in a debugger */

static __global__ void make_dot_inputs(float *q, float *k, float *v, uint64_t rows,
                                       uint32_t seq_len, uint32_t quads, uint64_t seed)
{
    float *const tensors[] = {q, k, v};
    const uint64_t all = rows * quads;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        const uint64_t row = i / quads;
        for (uint32_t tensor = INPUT_Q; tensor <= INPUT_V; tensor++) {
            float values[4];
            input_quad(seed, tensor, (uint32_t)(row / seq_len), (uint32_t)(row % seq_len),
                       (uint32_t)(i % quads), values);
            ((float4 *)tensors[tensor])[i] =
                make_float4(values[0], values[1], values[2], values[3]);
        }
    }
}

bool gpu_make_dot_inputs(const struct gpu_dot *dot, uint64_t seed, cudaStream_t stream,
                         struct error *error)
{
    make_dot_inputs<<<CTAS, THREADS, 0, stream>>>((float *)dot->q, (float *)dot->k, (float *)dot->v,
                                                  (uint64_t)dot->batch * dot->seq_len, dot->seq_len,
                                                  dot->head_dim / 4, seed);
    return gpu_finished(stream, error);
}

static __global__ void fill_nan(float *values, uint64_t words)
{
    for (uint64_t i = gpu_first_index(); i < words; i += gpu_index_stride())
        values[i] = __uint_as_float(POISON);
}

bool gpu_fill_nan(float *values, uint64_t words, cudaStream_t stream, struct error *error)
{
    fill_nan<<<CTAS, THREADS, 0, stream>>>(values, words);
    return gpu_finished(stream, error);
}

static __global__ void add_nan(const float *values, uint64_t words, unsigned long long *count)
{
    unsigned long long own = 0;
    for (uint64_t i = gpu_first_index(); i < words; i += gpu_index_stride())
        own += values[i] != values[i];
    if (own > 0)
        atomicAdd(count, own);
}

bool gpu_add_nan(const float *values, uint64_t words, uint64_t *count, cudaStream_t stream,
                 struct error *error)
{
    add_nan<<<CTAS, THREADS, 0, stream>>>(values, words, (unsigned long long *)count);
    return gpu_finished(stream, error);
}

#define SCORE_TOLERANCE 1e-5 /* relative to the sum of |products|; fp32 errors are about 1e-6 */

/* One warp per row. */
static __global__ void add_wrong_scores(const float *q, const float *k, uint32_t head_dim,
                                        const float *scores, uint64_t rows,
                                        unsigned long long *count)
{
    const uint32_t lane = threadIdx.x % 32;
    for (uint64_t row = (blockIdx.x * (uint64_t)blockDim.x + threadIdx.x) / 32; row < rows;
         row += (uint64_t)gridDim.x * blockDim.x / 32) {
        double dot = 0, size = 0;
        for (uint64_t i = row * head_dim + lane; i < (row + 1) * head_dim; i += 32) {
            const double product = (double)q[i] * (double)k[i];
            dot += product;
            size += fabs(product);
        }
        for (int distance = 16; distance > 0; distance /= 2) {
            dot += __shfl_xor_sync(0xFFFFFFFF, dot, distance);
            size += __shfl_xor_sync(0xFFFFFFFF, size, distance);
        }
        const bool right = fabs((double)scores[row] - dot) <= SCORE_TOLERANCE * size;
        if (lane == 0 && !right) /* also true for NaN */
            atomicAdd(count, 1);
    }
}

bool gpu_add_wrong_scores(const struct gpu_dot *dot, const float *scores, uint64_t *count,
                          cudaStream_t stream, struct error *error)
{
    add_wrong_scores<<<CTAS, THREADS, 0, stream>>>(dot->q, dot->k, dot->head_dim, scores,
                                                   (uint64_t)dot->batch * dot->seq_len,
                                                   (unsigned long long *)count);
    return gpu_finished(stream, error);
}
