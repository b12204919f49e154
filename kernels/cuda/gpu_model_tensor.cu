/*
 * gpu_model_tensor.cu - kernels that prepare and check the tensors of `model`. They are not part of
 * a measurement.
 */
#include "gpu.cuh"
#include "gpu_model.h"

#define THREADS 256u
#define CTAS    1056u /* any number works */

#define POISON_FP32 UINT32_C(0x7FC0DEAD)
#define POISON_BF16 ((uint16_t)0x7FDE)

/* Returns where elements 4 * quad to 4 * quad + 3 of a tensor's row are stored. */
static __device__ __forceinline__ uint2 *quad_place(const struct model_place &place,
                                                    uint32_t columns, uint32_t row, uint32_t quad)
{
    const uint32_t column = 4 * quad;
    if (place.columns == 0)
        return (uint2 *)(place.to + (uint64_t)row * columns + column);
    const uint32_t block = row / MODEL_TILE_ROWS * place.step + place.first;
    const uint64_t tile =
        (uint64_t)block * (columns / MODEL_TILE_COLUMNS) + column / MODEL_TILE_COLUMNS;
    return (uint2 *)(place.to + tile * (MODEL_TILE_BYTES / 2) +
                     row % MODEL_TILE_ROWS * MODEL_TILE_COLUMNS + column % MODEL_TILE_COLUMNS);
}

static __device__ __forceinline__ uint2 pack(const uint16_t values[4])
{
    return make_uint2(values[0] | (uint32_t)values[1] << 16, values[2] | (uint32_t)values[3] << 16);
}

static __global__ void make_rows(struct model_place place, uint64_t seed, enum model_tensor tensor,
                                 float scale, uint32_t layer, struct model_size size)
{
    const uint32_t quads = size.columns / 4;
    const uint64_t all = (uint64_t)size.rows * quads;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        const uint32_t row = (uint32_t)(i / quads), quad = (uint32_t)(i % quads);
        uint16_t values[4];
        model_weight_quad(seed, tensor, scale, layer, row, quad, values);
        *quad_place(place, size.columns, row, quad) = pack(values);
    }
}

bool model_make_rows(const struct model_place *place, uint64_t seed, enum model_tensor tensor,
                     uint32_t layer, struct model_size size, cudaStream_t stream,
                     struct error *error)
{
    make_rows<<<CTAS, THREADS, 0, stream>>>(*place, seed, tensor,
                                            model_weight_scale(tensor, size.columns), layer, size);
    return gpu_finished(stream, error);
}

static __global__ void place_rows(struct model_place place, const uint16_t *from, uint32_t first,
                                  uint32_t count, uint32_t columns)
{
    const uint32_t quads = columns / 4;
    const uint64_t all = (uint64_t)count * quads;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        const uint32_t row = (uint32_t)(i / quads), quad = (uint32_t)(i % quads);
        *quad_place(place, columns, first + row, quad) = *((const uint2 *)from + i);
    }
}

bool model_place_rows(const struct model_place *place, const uint16_t *from, uint32_t row,
                      uint32_t count, cudaStream_t stream, struct error *error)
{
    place_rows<<<CTAS, THREADS, 0, stream>>>(*place, from, row, count, place->columns);
    return gpu_finished(stream, error);
}

static __global__ void make_cache(const __grid_constant__ struct gpu_model m, uint64_t seed)
{
    const uint32_t quads = m.head_dim / 4, heads = m.batch * m.kv_heads;
    const uint64_t all = (uint64_t)2 * m.layers * heads * m.context * quads;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        const uint32_t quad = (uint32_t)(i % quads), row = (uint32_t)(i / quads % m.context);
        const uint64_t head = i / quads / m.context; /* across layers, heads, and K and V */
        const uint32_t side = (uint32_t)(head & 1), sequence_head = (uint32_t)(head / 2 % heads);
        const uint32_t layer = (uint32_t)(head / 2 / heads);
        uint16_t values[4];
        model_cache_quad(seed, (enum attention_side)side, layer, sequence_head, row, quad, values);
        const uint64_t at =
            (((uint64_t)layer * heads + sequence_head) * m.rows + row) * m.head_dim + 4 * quad;
        *(uint2 *)(m.cache[side] + at) = pack(values);
    }
}

bool model_make_cache(const struct gpu_model *model, uint64_t seed, cudaStream_t stream,
                      struct error *error)
{
    if (model->context == 0)
        return true;
    make_cache<<<CTAS, THREADS, 0, stream>>>(*model, seed);
    return gpu_finished(stream, error);
}

/* ---- the output ----------------------------------------------------------------------------- */

/* Returns the offset of an element in K or V of the cache. `i` counts only the elements that steps
 * append. */
static __device__ __forceinline__ uint64_t appended_at(const struct gpu_model &m, uint64_t i)
{
    const uint64_t per_head = (uint64_t)m.seq_len * m.head_dim;
    return i / per_head * m.rows * m.head_dim + (uint64_t)m.context * m.head_dim + i % per_head;
}

static __device__ __forceinline__ uint64_t appended_all(const struct gpu_model &m)
{
    return (uint64_t)m.layers * m.batch * m.kv_heads * m.seq_len * m.head_dim;
}

static __global__ void fill_poison(const __grid_constant__ struct gpu_model m)
{
    const uint64_t logits = (uint64_t)m.batch * m.seq_len * m.vocabulary, rows = appended_all(m);
    for (uint64_t i = gpu_first_index(); i < logits; i += gpu_index_stride())
        ((uint32_t *)m.logits)[i] = POISON_FP32;
    for (uint64_t i = gpu_first_index(); i < rows; i += gpu_index_stride()) {
        m.cache[0][appended_at(m, i)] = POISON_BF16;
        m.cache[1][appended_at(m, i)] = POISON_BF16;
    }
    for (uint64_t i = gpu_first_index(); i < (uint64_t)m.seq_len * m.batch; i += gpu_index_stride())
        m.best[i] = 0; /* no token */
}

bool model_fill_poison(const struct gpu_model *model, cudaStream_t stream, struct error *error)
{
    fill_poison<<<CTAS, THREADS, 0, stream>>>(*model);
    return gpu_finished(stream, error);
}

static __global__ void add_nan(const __grid_constant__ struct gpu_model m,
                               unsigned long long *count)
{
    const uint64_t logits = (uint64_t)m.batch * m.seq_len * m.vocabulary, rows = appended_all(m);
    unsigned long long found = 0;
    for (uint64_t i = gpu_first_index(); i < logits; i += gpu_index_stride())
        found += isnan(m.logits[i]);
    for (uint64_t i = gpu_first_index(); i < rows; i += gpu_index_stride())
        for (int side = 0; side < 2; side++)
            found += (m.cache[side][appended_at(m, i)] & 0x7FFFu) > 0x7F80u;
    for (uint64_t i = gpu_first_index(); i < (uint64_t)m.seq_len * m.batch; i += gpu_index_stride())
        found += ~(uint32_t)m.best[i] >= m.vocabulary;
    if (found > 0)
        atomicAdd(count, found);
}

bool model_add_nan(const struct gpu_model *model, uint64_t *count, cudaStream_t stream,
                   struct error *error)
{
    add_nan<<<CTAS, THREADS, 0, stream>>>(*model, (unsigned long long *)count);
    return gpu_finished(stream, error);
}
