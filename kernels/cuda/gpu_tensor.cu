/*
 * gpu_tensor.cu - kernels that prepare and check tensors; none of them is measured.
 */
#include "../inputs.h"
#include "gpu_lab.h"

#define THREADS 256u
#define CTAS    1056u /* 8 for each SM of an H100; the loops take any number */

#define POISON UINT32_C(0x7FC0DEAD) /* a quiet NaN that a debugger's reader knows */

static bool finished(cudaStream_t stream, struct error *error)
{
    return gpu_right(cudaGetLastError(), "cudaLaunchKernel", error) &&
           gpu_right(cudaStreamSynchronize(stream), "cudaStreamSynchronize", error);
}

static __global__ void make_dot_inputs(float *q, float *k, float *v, uint64_t rows,
                                       uint32_t seq_len, uint32_t quads, uint64_t seed)
{
    float *const tensors[] = {q, k, v};
    const uint64_t all = rows * quads;
    for (uint64_t i = blockIdx.x * (uint64_t)blockDim.x + threadIdx.x; i < all;
         i += (uint64_t)gridDim.x * blockDim.x) {
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
    return finished(stream, error);
}

static __global__ void fill_nan(float *values, uint64_t words)
{
    for (uint64_t i = blockIdx.x * (uint64_t)blockDim.x + threadIdx.x; i < words;
         i += (uint64_t)gridDim.x * blockDim.x)
        values[i] = __uint_as_float(POISON);
}

bool gpu_fill_nan(float *values, uint64_t words, cudaStream_t stream, struct error *error)
{
    fill_nan<<<CTAS, THREADS, 0, stream>>>(values, words);
    return finished(stream, error);
}

static __global__ void add_nan(const float *values, uint64_t words, unsigned long long *count)
{
    unsigned long long own = 0;
    for (uint64_t i = blockIdx.x * (uint64_t)blockDim.x + threadIdx.x; i < words;
         i += (uint64_t)gridDim.x * blockDim.x)
        own += values[i] != values[i];
    if (own > 0)
        atomicAdd(count, own);
}

bool gpu_add_nan(const float *values, uint64_t words, uint64_t *count, cudaStream_t stream,
                 struct error *error)
{
    add_nan<<<CTAS, THREADS, 0, stream>>>(values, words, (unsigned long long *)count);
    return finished(stream, error);
}
