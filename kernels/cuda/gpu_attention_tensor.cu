/*
 * gpu_attention_tensor.cu - kernels that prepare and check the tensors of attention. They are not
 * part of a measurement.
 */
#include "gpu.cuh"
#include "gpu_attention.h"

#define THREADS 256u
#define CTAS    1056u /* any number works */

/* NaN bit patterns that are easy to recognise in a debugger. */
#define POISON_FP32 UINT32_C(0x7FC0DEAD)
#define POISON_BF16 UINT32_C(0x7FDE7FDE) /* two bf16 NaNs */
#define POISON_FP16 UINT32_C(0x7EDE7EDE)

static __device__ __forceinline__ void store_quad(enum data_type type, void *tensor, uint64_t at,
                                                  const float values[4])
{
    if (type == DTYPE_FP32) {
        *(float4 *)((float *)tensor + at) = make_float4(values[0], values[1], values[2], values[3]);
        return;
    }
    uint32_t bits[4];
    for (int i = 0; i < 4; i++)
        bits[i] = type == DTYPE_BF16 ? attention_to_bf16(values[i]) : attention_to_fp16(values[i]);
    *(uint2 *)((uint16_t *)tensor + at) =
        make_uint2(bits[0] | bits[1] << 16, bits[2] | bits[3] << 16);
}

static __device__ __forceinline__ uint32_t context_of(const struct gpu_attention &data, uint32_t b)
{
    return data.contexts ? data.contexts[b] : data.shape.context;
}

/* Generates the rows of K or V (`side`) that a copy of the cache contains before the first step. */
static __global__ void make_cache(const __grid_constant__ struct gpu_attention data, uint32_t side,
                                  uint32_t copy)
{
    const struct attention_shape &shape = data.shape;
    const uint32_t quads = shape.head_dim / 4, rows = shape.context + shape.reach;
    const uint64_t all = (uint64_t)shape.batch * shape.kv_heads * rows * quads;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        const uint32_t quad = (uint32_t)(i % quads), row = (uint32_t)(i / quads % rows);
        const uint32_t pair = (uint32_t)(i / quads / rows);
        const uint32_t b = pair / shape.kv_heads, g = pair % shape.kv_heads;
        float values[4];
        if (row >= context_of(data, b))
            continue;
        attention_cache_quad(&shape, (enum attention_side)side, copy, b, g, row, quad, values);
        store_quad(shape.type, data.cache[side],
                   attention_cache_offset(&shape, data.pages, copy, b, g, row) + 4 * quad, values);
    }
}

/* Generates q, new K and new V: q has one row per query head, new K and new V one per K/V head. */
static __global__ void make_steps(const __grid_constant__ struct gpu_attention data)
{
    const struct attention_shape &shape = data.shape;
    const uint32_t quads = shape.head_dim / 4, rows = shape.heads + 2 * shape.kv_heads;
    const uint64_t all = (uint64_t)shape.batch * shape.seq_len * rows * quads;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        const uint32_t quad = (uint32_t)(i % quads), row = (uint32_t)(i / quads % rows);
        const uint64_t step = i / quads / rows;
        const uint32_t b = (uint32_t)(step / shape.seq_len), t = (uint32_t)(step % shape.seq_len);
        float values[4];
        if (row < shape.heads) {
            attention_query_quad(&shape, b, t, row, attention_needle_row(&shape, b, t, row), quad,
                                 values);
            store_quad(shape.type, (void *)data.q,
                       attention_query_offset(&shape, b, t, row) + 4 * quad, values);
        } else {
            const uint32_t side = (row - shape.heads) / shape.kv_heads;
            const uint32_t g = (row - shape.heads) % shape.kv_heads;
            attention_cache_quad(&shape, (enum attention_side)side, 0, b, g,
                                 context_of(data, b) + t, quad, values);
            store_quad(shape.type, (void *)data.new_rows[side],
                       attention_new_offset(&shape, b, t, g) + 4 * quad, values);
        }
    }
}

bool attention_make_inputs(const struct gpu_attention *data, const uint32_t *stop,
                           cudaStream_t stream, struct error *error)
{
    for (uint32_t copy = 0; copy < data->shape.copies; copy++) {
        for (uint32_t side = ATTENTION_K; side <= ATTENTION_V && data->shape.context > 0; side++)
            make_cache<<<CTAS, THREADS, 0, stream>>>(*data, side, copy);
        if (copy % 16 == 15 && !gpu_finished(stream, error))
            return false;
        if (stop_requested(stop))
            return gpu_finished(stream, error) && error_set(error, ERROR_RUN, "stopped");
    }
    make_steps<<<CTAS, THREADS, 0, stream>>>(*data);
    return gpu_finished(stream, error);
}

static __global__ void fill_poison(const __grid_constant__ struct gpu_attention data)
{
    const struct attention_shape &shape = data.shape;
    const uint32_t poison = shape.type == DTYPE_FP32   ? POISON_FP32
                            : shape.type == DTYPE_BF16 ? POISON_BF16
                                                       : POISON_FP16;
    const uint32_t row_words = shape.head_dim * attention_element_bytes(shape.type) / 4;
    const uint64_t out_words = (uint64_t)shape.batch * shape.seq_len * shape.heads * row_words;
    const uint64_t unit_words = (uint64_t)shape.seq_len * row_words;
    const uint64_t all = (uint64_t)shape.copies * shape.batch * shape.kv_heads * unit_words;
    for (uint64_t i = gpu_first_index(); i < out_words; i += gpu_index_stride())
        ((uint32_t *)data.out)[i] = poison;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        const uint32_t pair = (uint32_t)(i / unit_words % (shape.batch * shape.kv_heads));
        const uint32_t copy = (uint32_t)(i / unit_words / (shape.batch * shape.kv_heads));
        const uint32_t b = pair / shape.kv_heads, t = (uint32_t)(i % unit_words / row_words);
        const uint64_t at = attention_cache_offset(&shape, data.pages, copy, b,
                                                   pair % shape.kv_heads, context_of(data, b) + t) *
                                attention_element_bytes(shape.type) / 4 +
                            i % row_words;
        ((uint32_t *)data.cache[ATTENTION_K])[at] = poison;
        ((uint32_t *)data.cache[ATTENTION_V])[at] = poison;
    }
}

bool attention_fill_poison(const struct gpu_attention *data, cudaStream_t stream,
                           struct error *error)
{
    fill_poison<<<CTAS, THREADS, 0, stream>>>(*data);
    return gpu_finished(stream, error);
}

static __global__ void add_nan(const __grid_constant__ struct gpu_attention data,
                               unsigned long long *count)
{
    const struct attention_shape &shape = data.shape;
    const uint64_t all = (uint64_t)shape.batch * shape.seq_len * shape.heads * shape.head_dim;
    const uint16_t infinity = shape.type == DTYPE_BF16 ? 0x7F80 : 0x7C00;
    unsigned long long own = 0;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride())
        own += shape.type == DTYPE_FP32
                   ? (((const uint32_t *)data.out)[i] & 0x7FFFFFFFu) > 0x7F800000u
                   : (((const uint16_t *)data.out)[i] & 0x7FFF) > infinity;
    if (own > 0)
        atomicAdd(count, own);
}

bool attention_add_nan(const struct gpu_attention *data, uint64_t *count, cudaStream_t stream,
                       struct error *error)
{
    add_nan<<<CTAS, THREADS, 0, stream>>>(*data, (unsigned long long *)count);
    return gpu_finished(stream, error);
}
