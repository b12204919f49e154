/*
 * persistent_dot.cuh - what a persistent program does in one iteration of `dot`; in the kernels of
 * persistent_decode_cuda.cu and persistent_decode_resident.cu.
 *
 * LANES threads hold a row: BLOCK_K elements, four each, are a tile, and a row is TILES of them.
 * The rows of q, k and v come by cp.async into a ring in shared memory, LOOKAHEAD steps ahead:
 * their addresses don't depend on the chain, and shared memory, unlike registers, keeps the loads
 * of many steps apart. Each thread reads only what it copied itself, so nobody waits for anybody.
 * What is left on the critical path of a step is the chain: clamp, multiply, add, and log2(LANES)
 * shuffles.
 */
#ifndef KERNELS_CUDA_PERSISTENT_DOT_CUH
#define KERNELS_CUDA_PERSISTENT_DOT_CUH

#include "../inputs.h"
#include "gpu.cuh"
#include "persistent.h"

#include <cooperative_groups.h>

/* A program's place in the work: its sequences, and this thread's part of a row. */
struct persistent_place {
    uint32_t program;
    uint32_t first, last; /* its sequences */
    uint32_t group;       /* this thread's group of lanes, of the program's */
    uint32_t column;      /* of the first of its elements in a tile */
    uint32_t slot;        /* of this thread in a row of the ring */
    bool active;          /* its group is in use */
    bool leader;          /* it stamps and reports for the program */
};

template <int LANES>
__device__ __forceinline__ struct persistent_place persistent_find(const struct persistent &run)
{
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const bool by_warp = run.sync == SYNC_BLOCK;
    const uint32_t own_warp = by_warp ? 0 : warp;
    struct persistent_place place;
    place.program = by_warp ? warp : blockIdx.x;
    place.first = (uint32_t)((uint64_t)run.dot.batch * place.program / run.programs);
    place.last = (uint32_t)((uint64_t)run.dot.batch * (place.program + 1) / run.programs);
    place.group = own_warp * run.groups + lane / LANES;
    place.column = lane % LANES * 4;
    place.slot = warp * run.groups * LANES + lane;
    place.active = lane < run.groups * LANES;
    place.leader = own_warp == 0 && lane == 0;
    return place;
}

/* Walks over a thread's rows: all its sequences of a step, then the next step. */
struct persistent_walk {
    uint64_t at; /* offset of this thread's first element */
    uint32_t t, pass, b;
};

__device__ __forceinline__ void persistent_walk_begin(struct persistent_walk *walk,
                                                      const struct persistent &run,
                                                      const struct persistent_place &place)
{
    walk->t = walk->pass = 0;
    walk->b = place.first + place.group;
    walk->at = (uint64_t)walk->b * run.dot.seq_len * run.dot.head_dim + place.column;
}

/* ONE: a thread has one sequence, so its rows follow each other. */
template <bool ONE>
__device__ __forceinline__ void persistent_walk_on(struct persistent_walk *walk,
                                                   const struct persistent &run,
                                                   const struct persistent_place &place)
{
    const uint64_t stride = (uint64_t)run.warps * run.groups;
    if (!ONE && ++walk->pass < run.passes) {
        walk->b += (uint32_t)stride;
        walk->at += stride * run.dot.seq_len * run.dot.head_dim;
        return;
    }
    walk->t++;
    walk->at += run.dot.head_dim;
    if (!ONE) {
        walk->at -= (run.passes - 1) * stride * run.dot.seq_len * run.dot.head_dim;
        walk->b = place.first + place.group;
        walk->pass = 0;
    }
}

/* The ring: [PERSISTENT_DEPTH][q, k, v][TILES][threads in use] of four elements. */
template <int TILES>
__device__ __forceinline__ float4 *persistent_slot(const struct persistent &run, uint32_t item,
                                                   const struct persistent_place &place)
{
    extern __shared__ float4 ring[];
    return ring + (uint32_t)(item % PERSISTENT_DEPTH * 3 * TILES) * run.pitch + place.slot;
}

/* Sends for a row. Past the last it is an empty group, so that groups can be counted. */
template <int LANES, int TILES>
__device__ __forceinline__ void persistent_send(const struct persistent &run,
                                                const struct persistent_place &place,
                                                const struct persistent_walk &walk, uint32_t item)
{
    if (place.active && walk.t < run.dot.seq_len) {
        float4 *slot = persistent_slot<TILES>(run, item, place);
        const bool there = walk.b < place.last;
#pragma unroll
        for (int tile = 0; tile < TILES; tile++) {
            const bool valid = there && tile * LANES * 4 + place.column < run.dot.head_dim;
            const uint64_t at = walk.at + tile * LANES * 4; /* not read where it is not valid */
            gpu_copy16(slot + tile * run.pitch, run.dot.q + at, valid);
            gpu_copy16(slot + (TILES + tile) * run.pitch, run.dot.k + at, valid);
            gpu_copy16(slot + (2 * TILES + tile) * run.pitch, run.dot.v + at, valid);
        }
    }
    gpu_copy_commit();
}

/* A thread's part of a row of q, k and v. */
template <int TILES> struct persistent_row {
    float4 q[TILES], k[TILES], v[TILES];
};

template <int TILES>
__device__ __forceinline__ void persistent_fetch(const struct persistent &run,
                                                 const struct persistent_place &place,
                                                 uint32_t item, struct persistent_row<TILES> *row)
{
    const float4 *slot = persistent_slot<TILES>(run, item, place);
    if (!place.active)
        return;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        row->q[tile] = slot[tile * run.pitch];
        row->k[tile] = slot[(TILES + tile) * run.pitch];
        row->v[tile] = slot[(2 * TILES + tile) * run.pitch];
    }
}

__device__ __forceinline__ float persistent_clamp(float x)
{
    return fminf(fmaxf(x, -DOT_CLAMP), DOT_CLAMP);
}

/* This thread's part of dot(q', k). */
template <int TILES>
__device__ __forceinline__ float persistent_products(const struct persistent_row<TILES> &row,
                                                     const float4 *before, bool chain)
{
    float sum = 0, other = 0;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        const float4 q = row.q[tile], k = row.k[tile];
        sum = fmaf(q.x, k.x, sum);
        other = fmaf(q.y, k.y, other);
        sum = fmaf(q.z, k.z, sum);
        other = fmaf(q.w, k.w, other);
    }
    if (chain) {
#pragma unroll
        for (int tile = 0; tile < TILES; tile++) {
            const float4 k = row.k[tile], out = before[tile];
            sum = fmaf(DOT_CHAIN * k.x, persistent_clamp(out.x), sum);
            other = fmaf(DOT_CHAIN * k.y, persistent_clamp(out.y), other);
            sum = fmaf(DOT_CHAIN * k.z, persistent_clamp(out.z), sum);
            other = fmaf(DOT_CHAIN * k.w, persistent_clamp(out.w), other);
        }
    }
    return sum + other;
}

template <int LANES> __device__ __forceinline__ float persistent_sum(float part)
{
#pragma unroll
    for (int distance = LANES / 2; distance > 0; distance /= 2)
        part += __shfl_xor_sync(0xFFFFFFFF, part, distance);
    return part;
}

/* ---- how programs meet, and whether to leave ------------------------------------------------- */

/* Whether the abort word is looked at in a step: it is sent for in one step and read some steps
 * later, when it is there. */
struct persistent_watch {
    uint32_t period; /* a power of two */
    uint32_t abort;  /* as it was read last */
};

__device__ __forceinline__ bool persistent_asks(const struct persistent_watch &watch, uint32_t t)
{
    return (t & (watch.period - 1)) == 0;
}

__device__ __forceinline__ bool persistent_decides(const struct persistent_watch &watch, uint32_t t)
{
    return (t & (watch.period - 1)) == watch.period / 2;
}

/* Warps of a program that is a CTA meet before it stamps. */
__device__ __forceinline__ void persistent_gather(const struct persistent &run)
{
    if (run.warps > 1)
        __syncthreads();
}

/*
 * The barrier after step t, for all threads. True: leave. Either all programs leave after the same
 * step, or (none, flag) nobody waits for those that have left.
 *
 * A cluster or grid barrier can't be left by some. So CTA 0 decides for all: it writes its decision
 * before the barrier, and all read it after, from one of two words in turn, as the next decision
 * may be written before the slowest has read this one.
 */
__device__ __forceinline__ bool persistent_meet(const struct persistent &run,
                                                const struct persistent_watch &watch, uint32_t t,
                                                uint32_t target)
{
    __shared__ uint32_t decision[2];
    const bool decides = persistent_decides(watch, t);
    const uint32_t word = t / watch.period & 1;
    if (run.sync == SYNC_NONE) {
        if (!decides)
            return false;
        return run.warps > 1 ? __syncthreads_or(watch.abort != 0) : watch.abort != 0;
    }
    switch (run.sync) {
    case SYNC_BLOCK:
        if (decides)
            return __syncthreads_or(watch.abort != 0);
        __syncthreads();
        return false;
    case SYNC_CLUSTER:
        if (decides && blockIdx.x == 0 && threadIdx.x < run.programs)
            gpu_cluster_store(&decision[word], threadIdx.x, watch.abort);
        gpu_cluster_barrier();
        return decides && decision[word] != 0;
    case SYNC_FLAG:
        if (threadIdx.x == 0)
            decision[0] = (decides && watch.abort != 0) ||
                          !gpu_flag_barrier(run.barrier, target, run.link.abort);
        if (run.warps > 1) {
            __syncthreads();
            return decision[0] != 0;
        }
        __syncwarp();
        return decision[0] != 0;
    case SYNC_GRID:
        if (decides && blockIdx.x == 0 && threadIdx.x == 0)
            run.decision[word] = watch.abort;
        cooperative_groups::this_grid().sync();
        return decides && gpu_load(&run.decision[word]) != 0;
    }
    return false;
}

/* ---- an iteration ---------------------------------------------------------------------------- */

/* The output of the step before, of the sequence that comes next. Where a thread has several, it is
 * read back: this same thread wrote it. */
template <int LANES, int TILES>
__device__ __forceinline__ void
persistent_before(const struct persistent &run, const struct persistent_place &place,
                  const struct persistent_walk &next, float4 before[TILES])
{
    const bool there =
        place.active && next.t > 0 && next.t < run.dot.seq_len && next.b < place.last;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        before[tile] = make_float4(0, 0, 0, 0);
        if (there && tile * LANES * 4 + place.column < run.dot.head_dim)
            before[tile] =
                *(const float4 *)(run.dot.out + next.at - run.dot.head_dim + tile * LANES * 4);
    }
}

template <int LANES, int TILES>
__device__ __forceinline__ void
persistent_store(const struct persistent &run, const struct persistent_place &place,
                 const struct persistent_walk &here, const float4 out[TILES])
{
    const bool there = place.active && here.b < place.last;
#pragma unroll
    for (int tile = 0; tile < TILES; tile++)
        if (there && tile * LANES * 4 + place.column < run.dot.head_dim)
            *(float4 *)(run.dot.out + here.at + tile * LANES * 4) = out[tile];
}

/* The steps of this program's share, stamped or not, in a barrier whose rounds up to `round` are
 * over. Returns how many were run; fewer than all where *left. */
template <int LANES, int TILES, bool ONE>
__device__ __forceinline__ uint32_t persistent_steps(const struct persistent &run, uint32_t round,
                                                     bool stamped,
                                                     const struct persistent_place &place,
                                                     bool *left)
{
    constexpr bool EAGER = TILES <= PERSISTENT_EAGER_TILES;
    const bool stamps = stamped && place.leader;
    const bool chain = run.dot.chain != 0;
    const uint32_t passes = ONE ? 1 : run.passes;
    struct persistent_watch watch = {ONE ? 16u : 2u, 0};
    struct persistent_walk ahead, here;
    persistent_walk_begin(&here, run, place);
    ahead = here;
    for (uint32_t item = 0; item < PERSISTENT_LOOKAHEAD; item++) {
        persistent_send<LANES, TILES>(run, place, ahead, item);
        persistent_walk_on<ONE>(&ahead, run, place);
    }
    uint64_t heard = gpu_clock();
    if (stamps)
        heard = gpu_report_first(run.link, place.program);
    gpu_copy_wait<PERSISTENT_LOOKAHEAD - 1>();

    float4 before[TILES] = {};
    struct persistent_row<TILES> row = {
    };
    if (EAGER)
        persistent_fetch<TILES>(run, place, 0, &row);
    uint32_t item = 0, t = 0;
    uint64_t begin = gpu_clock(), end = 0;
    while (true) {
        float dot = 0;
        for (uint32_t pass = 0; pass < passes; pass++, item++) {
            persistent_send<LANES, TILES>(run, place, ahead, item + PERSISTENT_LOOKAHEAD);
            persistent_walk_on<ONE>(&ahead, run, place);
            if (!EAGER)
                persistent_fetch<TILES>(run, place, item, &row);
            const float part = persistent_products<TILES>(row, before, chain);
            /* All groups but LOOKAHEAD - 1 have come: so has the next row. */
            gpu_copy_wait<PERSISTENT_LOOKAHEAD - 1>();
            struct persistent_row<TILES> next = row;
            if (EAGER)
                persistent_fetch<TILES>(run, place, item + 1, &next);
            dot = persistent_sum<LANES>(part);
#pragma unroll
            for (int tile = 0; tile < TILES; tile++) {
                const float4 v = row.v[tile];
                before[tile] = make_float4(v.x * dot, v.y * dot, v.z * dot, v.w * dot);
            }
            persistent_store<LANES, TILES>(run, place, here, before);
            persistent_walk_on<ONE>(&here, run, place);
            if (!ONE)
                persistent_before<LANES, TILES>(run, place, here, before);
            row = next;
        }
        persistent_gather(run);
        if (stamps) {
            end = gpu_clock_after(dot);
            gpu_stamp_row(run.link, place.program, t, begin, end);
        }
        if (++t == run.dot.seq_len)
            return t;
        if (persistent_meet(run, watch, t - 1, (round + t) * run.programs)) {
            *left = true;
            return t;
        }
        if (stamps)
            begin = run.sync == SYNC_NONE ? end : gpu_clock();
        if (persistent_asks(watch, t)) {
            watch.abort = gpu_load(run.link.abort);
            if (place.leader && gpu_clock() - heard > GPU_REPORT_CLOCKS)
                heard = gpu_report_rows(run.link, place.program, t);
        }
    }
}

/* An iteration; the last thing that a program writes in it is its report. Returns whether it left
 * before its time. */
template <int LANES, int TILES>
__device__ __forceinline__ bool persistent_iterate(const struct persistent &run, uint32_t round,
                                                   bool stamped)
{
    const struct persistent_place place = persistent_find<LANES>(run);
    bool left = false;
    const uint32_t rows =
        run.passes == 1 ? persistent_steps<LANES, TILES, true>(run, round, stamped, place, &left)
                        : persistent_steps<LANES, TILES, false>(run, round, stamped, place, &left);
    if (run.warps > 1)
        __syncthreads();
    else
        __syncwarp();
    if (place.leader)
        gpu_report_end(run.link, place.program, rows, stamped, left);
    return left;
}

#endif
