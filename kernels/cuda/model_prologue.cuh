/*
 * model_prologue.cuh - the prologues of the matrix phases of `model`, which load activations into
 * shared memory.
 *
 * MOST is the largest batch of the kernel (model_batch_range). Programs read activations from L2,
 * so the number of round trips determines the time. A kernel for larger batches therefore has more
 * values in flight per thread. But each value needs registers and, in a poll, instructions. At
 * BATCH 2, Llama-3.2-1B took 750 us with a kernel for BATCH 2 to 8, and 707 with one for 2 to 4.
 *
 * RMSNorm's factor s is one number per sequence, so the epilogue applies it to the result:
 * W (x w s) = s W (x w).
 */
#ifndef KERNELS_CUDA_MODEL_PROLOGUE_CUH
#define KERNELS_CUDA_MODEL_PROLOGUE_CUH

#include "model_words.cuh"

/* ---- prologues ------------------------------------------------------------------------------ */

/* Writes zeros after each sequence's activations, up to the end of the last group. */
static __device__ __forceinline__ void model_pad(uint32_t batch, const struct model_shared &shared,
                                                 uint32_t columns)
{
    const uint32_t end = model_groups(columns) * MODEL_GROUP_COLUMNS;
    for (uint32_t d = columns + threadIdx.x * 2; d < end; d += MODEL_THREADS * 2)
        for (uint32_t b = 0; b < batch; b++)
            *(uint32_t *)(shared.act + b * model_act_stride(columns) + 2 * d) = 0;
}

/* Returns the address of x in a layer: of x after attention, or of x after the MLP. A phase reads x
 * after the MLP from the previous layer. */
static __device__ __forceinline__ const float *model_x_of(const struct gpu_model &m, uint32_t t,
                                                          uint32_t layer, bool after_attention)
{
    const struct model_set set(m, t, layer);
    return set.x + (after_attention || !m.words ? 0 : m.batch * m.hidden);
}

/* Reads x, and stores x times the norm's weights in shared memory. from: x; null: x is the
 * embedding of step t's tokens. */
template <uint32_t MOST>
static __device__ __forceinline__ struct model_arrival
model_take_normed(const struct gpu_model &m, uint32_t batch, const struct model_shared &shared,
                  const struct model_reader &reader, const uint16_t *weights, const float *from,
                  uint32_t t)
{
    const uint32_t stride = model_act_stride(m.hidden), before = gpu_clock_low();
    float squares[MOST] = {};
    constexpr uint32_t apart = MODEL_THREADS * 4, twice = 2;
#pragma unroll 1
    for (uint32_t d0 = threadIdx.x * 4; d0 < m.hidden; d0 += twice * apart) {
        uint2 w[twice];
        uint4 held[MOST * twice];
        const auto at = [&](uint32_t i) {
            const uint32_t b = i / twice, d = d0 + i % twice * apart;
            return b < batch && d < m.hidden ? (b * m.hidden + d) / 4 : MODEL_NOTHING;
        };
#pragma unroll
        for (uint32_t j = 0; j < twice; j++)
            if (d0 + j * apart < m.hidden)
                w[j] = __ldg((const uint2 *)(weights + d0 + j * apart));
        if (from) {
            reader.read(held, (const uint4 *)from, at);
        } else {
#pragma unroll
            for (uint32_t i = 0; i < MOST * twice; i++) {
                held[i] = make_uint4(0, 0, 0, 0);
                if (at(i) == MODEL_NOTHING)
                    continue;
                const uint64_t place =
                    model_tile_at(m.hidden, model_token(m, t, i / twice), d0 + i % twice * apart);
                const uint2 e = __ldg((const uint2 *)(m.embedding + place));
                held[i] = make_uint4(e.x << 16, e.x & 0xFFFF0000u, e.y << 16, e.y & 0xFFFF0000u);
            }
        }
#pragma unroll
        for (uint32_t i = 0; i < MOST * twice; i++) {
            const uint32_t b = i / twice, d = d0 + i % twice * apart;
            const uint2 own = w[i % twice];
            if (at(i) == MODEL_NOTHING)
                continue;
            const float x0 = __uint_as_float(held[i].x), x1 = __uint_as_float(held[i].y);
            const float x2 = __uint_as_float(held[i].z), x3 = __uint_as_float(held[i].w);
            squares[b] += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3;
            model_put(shared.act + b * stride, d,
                      model_pack(x0 * model_low(own.x), x1 * model_high(own.x)),
                      model_pack(x2 * model_low(own.y), x3 * model_high(own.y)));
        }
    }
#pragma unroll
    for (uint32_t b = 0; b < MOST; b++) {
        if (b >= batch)
            break;
        const float sum = model_warp_sum(squares[b]);
        if (threadIdx.x % 32 == 0)
            shared.squares[b * MODEL_WARPS + threadIdx.x / 32] = sum;
    }
    const bool left = reader.sync();
    const uint32_t waited = gpu_clock_low() - before;
    /* The epilogue reads the factors after another barrier. */
    if (threadIdx.x < batch) {
        float sum = 0;
#pragma unroll
        for (uint32_t warp = 0; warp < MODEL_WARPS; warp++)
            sum += shared.squares[threadIdx.x * MODEL_WARPS + warp];
        shared.factors[threadIdx.x] = rsqrtf(sum / m.hidden + m.epsilon);
    }
    return {waited, left};
}

/* Copies bf16 activations, [batch][columns], to shared memory. */
template <uint32_t MOST>
static __device__ __forceinline__ struct model_arrival
model_take(uint32_t batch, const struct model_shared &shared, const struct model_reader &reader,
           const uint16_t *from, uint32_t columns)
{
    constexpr uint32_t AT_ONCE = MOST == 1 ? 4 : 2 * MOST;
    const uint32_t stride = model_act_stride(columns), row = columns / 8, all = batch * row;
    const uint32_t before = gpu_clock_low();
#pragma unroll 1
    for (uint32_t i0 = threadIdx.x; i0 < all; i0 += AT_ONCE * MODEL_THREADS) {
        uint4 held[AT_ONCE];
        const auto at = [=](uint32_t j) {
            return i0 + j * MODEL_THREADS < all ? i0 + j * MODEL_THREADS : MODEL_NOTHING;
        };
        reader.read(held, (const uint4 *)from, at);
#pragma unroll
        for (uint32_t j = 0; j < AT_ONCE; j++) {
            if (at(j) == MODEL_NOTHING)
                continue;
            const uint32_t b = batch == 1 ? 0 : at(j) / row;
            *(uint4 *)(shared.act + b * stride + (at(j) - b * row) * 16) =
                make_uint4(held[j].x, held[j].z, held[j].y, held[j].w); /* the order of model_put */
        }
    }
    const bool left = reader.sync();
    return {gpu_clock_low() - before, left};
}

/* Combines the partials of attention's splits, and stores the output of attention in shared memory.
 * All partials have been written before. */
static __device__ __forceinline__ void model_take_partials(const struct gpu_model &m,
                                                           const struct model_shared &shared,
                                                           const float *partials)
{
    const uint32_t stride = model_act_stride(m.heads * m.head_dim), quads = m.head_dim / 4;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, pairs = m.batch * m.kv_heads;
    /* A lane adds one quad of heads first, first + 32 / quads, and so on, of the group. */
    const uint32_t shift = __ffs(quads) - 1, quad = lane & (quads - 1), first = lane >> shift;
    for (uint32_t pair = warp; pair < pairs; pair += MODEL_WARPS) {
        const uint32_t b = pair / m.kv_heads, g = pair - b * m.kv_heads;
        for (uint32_t member = first; member < m.group; member += 32 >> shift) {
            float4 sum = make_float4(0, 0, 0, 0);
            float most = -1e30f, weight = 0;
#pragma unroll 4
            for (uint32_t split = 0; split < m.splits; split++) {
                const float4 *head = (const float4 *)partials +
                                     ((pair * m.splits + split) * m.group + member) * (quads + 1);
                const float4 out = __ldcg(head + quad), own = __ldcg(head + quads);
                const float next = fmaxf(most, own.x);
                const float old_scale = exp2f(most - next), own_scale = exp2f(own.x - next);
                most = next;
                weight = weight * old_scale + own.y * own_scale;
                sum.x = sum.x * old_scale + out.x * own_scale;
                sum.y = sum.y * old_scale + out.y * own_scale;
                sum.z = sum.z * old_scale + out.z * own_scale;
                sum.w = sum.w * old_scale + out.w * own_scale;
            }
            const float over = 1 / weight;
            model_put(shared.act + b * stride, (g * m.group + member) * m.head_dim + 4 * quad,
                      model_pack(sum.x * over, sum.y * over),
                      model_pack(sum.z * over, sum.w * over));
        }
    }
    model_sync();
}

#endif
