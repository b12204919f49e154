/*
 * persistent_row.cuh - device functions with which a persistent program (persistent_dot.cuh) loads
 * rows into shared memory and computes a step.
 *
 * LANES threads share a row. Four elements per thread make a tile of BLOCK_K elements, and a row is
 * TILES tiles. cp.async loads the rows of q, k and v into a ring of buffers in shared memory, CHUNK
 * rows each. Their addresses do not depend on the chain, so one chunk is in flight while the
 * previous one is processed. Into shared memory, unlike into registers, many loads can be in
 * flight. One request and one wait cover a whole chunk, because a step of a hundred cycles has no
 * time for a dozen address computations. Each thread reads only the bytes that it copied itself, so
 * no thread waits for another. The critical path of a step is only the chain: multiply, clamp,
 * multiply-add, and the shuffles that add the lanes' sums.
 */
#ifndef KERNELS_CUDA_PERSISTENT_ROW_CUH
#define KERNELS_CUDA_PERSISTENT_ROW_CUH

#include "../inputs.h"
#include "gpu.cuh"
#include "persistent.h"

/* A program's share of the work: its sequences, and this thread's part of a row. */
struct persistent_place {
    uint32_t program;
    uint32_t first, last; /* its sequences */
    uint32_t group;       /* index of this thread's group of lanes in the program */
    uint32_t column;      /* column of this thread's first element in a tile */
    float4 *buffers;      /* this thread's elements in the ring in shared memory */
    bool active;          /* whether this thread's group is used */
    bool leader;          /* whether this thread stamps and reports for the program */
};

/* The size of a row, and of a buffer, in units of four elements. A group has `depth` buffers, each
 * [CHUNK][q, k, v][TILES][LANES]. */
template <int LANES, int TILES> constexpr uint32_t persistent_row_size = 3 * TILES *LANES;
template <int LANES, int TILES>
constexpr uint32_t persistent_buffer_size = PERSISTENT_CHUNK *persistent_row_size<LANES, TILES>;

template <int LANES, int TILES>
__device__ __forceinline__ struct persistent_place persistent_find(const struct persistent &run)
{
    extern __shared__ float4 buffers[];
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const bool by_warp = run.sync == SYNC_BLOCK;
    const uint32_t own_warp = by_warp ? 0 : warp;
    struct persistent_place place;
    place.program = by_warp ? warp : blockIdx.x;
    place.first = (uint32_t)((uint64_t)run.dot.batch * place.program / run.programs);
    place.last = (uint32_t)((uint64_t)run.dot.batch * (place.program + 1) / run.programs);
    place.group = own_warp * run.groups + lane / LANES;
    place.column = lane % LANES * 4;
    place.buffers =
        buffers + lane % LANES +
        (warp * run.groups + lane / LANES) * run.depth * persistent_buffer_size<LANES, TILES>;
    place.active = lane < run.groups * LANES;
    place.leader = own_warp == 0 && lane == 0;
    return place;
}

/* Iterates over a thread's rows: through all its sequences in a step, then in the next step. */
struct persistent_cursor {
    uint64_t at; /* offset of this thread's first element */
    uint32_t t, pass, b;
};

__device__ __forceinline__ void persistent_cursor_begin(struct persistent_cursor *cursor,
                                                        const struct persistent &run,
                                                        const struct persistent_place &place)
{
    cursor->t = cursor->pass = 0;
    cursor->b = place.first + place.group;
    cursor->at = (uint64_t)cursor->b * run.dot.seq_len * run.dot.head_dim + place.column;
}

/* ONE: the thread has a single sequence, so its rows are contiguous. */
template <bool ONE>
__device__ __forceinline__ void persistent_cursor_advance(struct persistent_cursor *cursor,
                                                          const struct persistent &run,
                                                          const struct persistent_place &place)
{
    const uint64_t stride = (uint64_t)run.warps * run.groups;
    if (!ONE && ++cursor->pass < run.passes) {
        cursor->b += (uint32_t)stride;
        cursor->at += stride * run.dot.seq_len * run.dot.head_dim;
        return;
    }
    cursor->t++;
    cursor->at += run.dot.head_dim;
    if (!ONE) {
        cursor->at -= (run.passes - 1) * stride * run.dot.seq_len * run.dot.head_dim;
        cursor->b = place.first + place.group;
        cursor->pass = 0;
    }
}

/* Waits for the oldest chunk in flight. */
__device__ __forceinline__ void persistent_wait(bool deep)
{
    static_assert(PERSISTENT_DEPTH == 2 && PERSISTENT_DEPTH_MOST == 4,
                  "the waits below leave depth - 1 chunks in flight: 1 or 3");
    if (deep)
        gpu_copy_wait<3>();
    else
        gpu_copy_wait<1>();
}

/* Returns the next buffer in the ring. */
__device__ __forceinline__ uint32_t persistent_next(uint32_t buffer, uint32_t depth)
{
    return buffer + 1 & depth - 1;
}

/* Requests the next CHUNK rows. When no rows are left, still commits a group, because a wait counts
 * groups. */
template <int LANES, int TILES, bool ONE>
__device__ __forceinline__ void persistent_send(const struct persistent &run,
                                                const struct persistent_place &place,
                                                struct persistent_cursor *cursor, uint32_t buffer)
{
    float4 *to = place.buffers + buffer * persistent_buffer_size<LANES, TILES>;
#pragma unroll
    for (uint32_t row = 0; row < PERSISTENT_CHUNK; row++) {
        if (place.active && cursor->t < run.dot.seq_len) {
            const bool there = cursor->b < place.last;
#pragma unroll
            for (int tile = 0; tile < TILES; tile++) {
                const bool valid = there && tile * LANES * 4 + place.column < run.dot.head_dim;
                const uint64_t at = cursor->at + tile * LANES * 4; /* not read if not valid */
                gpu_copy16(to + tile * LANES, run.dot.q + at, valid);
                gpu_copy16(to + (TILES + tile) * LANES, run.dot.k + at, valid);
                gpu_copy16(to + (2 * TILES + tile) * LANES, run.dot.v + at, valid);
            }
        }
        to += persistent_row_size<LANES, TILES>;
        persistent_cursor_advance<ONE>(cursor, run, place);
    }
    gpu_copy_commit();
}

/* A thread's part of a row. EAGER: in registers, loaded one step ahead. Otherwise the row has too
 * many tiles for that, and is read from shared memory. */
template <int LANES, int TILES, bool EAGER> struct persistent_row {
    float4 q[TILES], k[TILES], v[TILES];

    __device__ __forceinline__ void fetch(const float4 *from, bool active)
    {
        if (!active)
            return;
#pragma unroll
        for (int tile = 0; tile < TILES; tile++) {
            q[tile] = from[tile * LANES];
            k[tile] = from[(TILES + tile) * LANES];
            v[tile] = from[(2 * TILES + tile) * LANES];
        }
    }
    __device__ __forceinline__ float4 q_of(int tile) const
    {
        return q[tile];
    }
    __device__ __forceinline__ float4 k_of(int tile) const
    {
        return k[tile];
    }
    __device__ __forceinline__ float4 v_of(int tile) const
    {
        return v[tile];
    }
};

template <int LANES, int TILES> struct persistent_row<LANES, TILES, false> {
    const float4 *from;
    bool active;

    __device__ __forceinline__ void fetch(const float4 *row, bool in_use)
    {
        from = row;
        active = in_use;
    }
    __device__ __forceinline__ float4 part(int tile) const
    {
        return active ? from[tile * LANES] : make_float4(0, 0, 0, 0);
    }
    __device__ __forceinline__ float4 q_of(int tile) const
    {
        return part(tile);
    }
    __device__ __forceinline__ float4 k_of(int tile) const
    {
        return part(TILES + tile);
    }
    __device__ __forceinline__ float4 v_of(int tile) const
    {
        return part(2 * TILES + tile);
    }
};

/* ---- a step --------------------------------------------------------------------------------- */

/* The input of a row from the previous row, whose output is v * dot. */
template <int TILES> struct persistent_chain {
    float4 half[TILES]; /* v / 2 */
    float dot;
};

/* a k clamp(x, -1, 1) equals 2 a k saturate(x / 2 + 1/2) - a k. With x = v dot, this takes one
 * instruction that multiplies and saturates, and one that accumulates. */
__device__ __forceinline__ float persistent_saturate(float half, float dot)
{
    return __saturatef(fmaf(half, dot, 0.5f));
}

/* Returns this thread's part of dot(q', k). `factor`: DOT_CHAIN, or 0 without CHAIN. */
template <int TILES, class row>
__device__ __forceinline__ float
persistent_products(const row &from, const struct persistent_chain<TILES> &chain, float factor)
{
    static_assert(DOT_CLAMP == 1.0f, "the chain is clamped by saturation");
    const float twice = 2 * factor;
    float sum = 0, other = 0;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const float4 q = from.q_of(tile), k = from.k_of(tile);
        sum = fmaf(q.x - factor, k.x, sum);
        other = fmaf(q.y - factor, k.y, other);
        sum = fmaf(q.z - factor, k.z, sum);
        other = fmaf(q.w - factor, k.w, other);
    }
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const float4 k = from.k_of(tile), half = chain.half[tile];
        sum = fmaf(twice * k.x, persistent_saturate(half.x, chain.dot), sum);
        other = fmaf(twice * k.y, persistent_saturate(half.y, chain.dot), other);
        sum = fmaf(twice * k.z, persistent_saturate(half.z, chain.dot), sum);
        other = fmaf(twice * k.w, persistent_saturate(half.w, chain.dot), other);
    }
    return sum + other;
}

/* Returns the sum over RADIX lanes that are DISTANCE apart. The shuffles do not depend on each
 * other, so one level of four lanes takes less time than two levels of two lanes. `meanwhile` runs
 * in the latency of the shuffles. */
template <int DISTANCE, int RADIX, class work>
__device__ __forceinline__ float persistent_level(float part, const work &meanwhile)
{
    float others[RADIX];
    others[0] = part;
#pragma unroll
    for (int i = 1; i < RADIX; i++)
        others[i] = __shfl_xor_sync(0xFFFFFFFF, part, i * DISTANCE);
    meanwhile();
#pragma unroll
    for (int width = RADIX / 2; width > 0; width /= 2)
#pragma unroll
        for (int i = 0; i < width; i++)
            others[i] += others[i + width];
    return others[0];
}

/* Returns the sum over LANES lanes. `first` and `second` run in the latency of the shuffles. */
template <int LANES, class work, class more>
__device__ __forceinline__ float persistent_sum(float part, const work &first, const more &second)
{
    const auto both = [&] {
        first();
        second();
    };
    if constexpr (LANES == 4)
        return persistent_level<1, 4>(part, both);
    else if constexpr (LANES == 8)
        return persistent_level<1, 8>(part, both);
    else if constexpr (LANES == 16)
        return persistent_level<4, 4>(persistent_level<1, 4>(part, first), second);
    else
        return persistent_level<8, 4>(persistent_level<1, 8>(part, first), second);
}

template <int LANES> __device__ __forceinline__ float persistent_sum(float part)
{
    const auto nothing = [] {};
    return persistent_sum<LANES>(part, nothing, nothing);
}

/* Stores a row's output, and fills in *chain for the next row. */
template <int TILES, class row>
__device__ __forceinline__ void persistent_output(const row &from, float dot,
                                                  const bool valid[TILES], int distance, float *out,
                                                  struct persistent_chain<TILES> *chain)
{
    chain->dot = dot;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const float4 v = from.v_of(tile);
        chain->half[tile] = make_float4(0.5f * v.x, 0.5f * v.y, 0.5f * v.z, 0.5f * v.w);
        if (valid[tile])
            *(float4 *)(out + tile * distance) =
                make_float4(v.x * dot, v.y * dot, v.z * dot, v.w * dot);
    }
}

/* Sets valid[i] to whether this thread has an element in tile i of sequence b. */
template <int LANES, int TILES>
__device__ __forceinline__ void persistent_find_valid(const struct persistent &run,
                                                      const struct persistent_place &place,
                                                      uint32_t b, bool valid[TILES])
{
#pragma unroll
    for (int tile = 0; tile < TILES; tile++)
        valid[tile] =
            place.active && b < place.last && tile * LANES * 4 + place.column < run.dot.head_dim;
}

#endif
