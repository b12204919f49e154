/*
 * attention_persistent - one launch for all tokens: every program has an equal, fixed share of each
 * step.
 *
 * Split K/V in a graph still costs two kernels per step: their starts and ends, and a last wave of
 * CTAs that rarely fills the device. Here programs stay on each SM, share the rows of all K/V heads
 * evenly (plan/attention_run.h), and combine a step's partials within the kernel. A program waits
 * only for those that share a K/V head with it (attention_program.cuh).
 *
 * K and V go through registers, and each warp is one row block ahead. It loads the next block while
 * it processes the current one, and the next step's first block while programs wait for each other.
 * So 8 warps have 64 KiB in flight per SM. More is impossible, because registers hold these bytes.
 *
 * In the histogram: the gap is gone, because a step begins when the previous one ends. At long
 * contexts, see how far the step is from the floor; at short ones, most of it is synchronisation.
 *
 * H100, bf16, 32 heads of 128 over 8 K/V heads, us per step (B BATCH, C CONTEXT). Predicted: the
 * bytes at 3139 GB/s (B8 C8192 86, the others 10.7), and a barrier of 1 us. Measured: B8 C8192 92.7
 * (split_kv 98.5, its graph 93.7), B8 C1024 15.3, B1 C8192 15.7 (graph 19.4). Learned: at 256 MiB
 * memory is the limit; at 32 MiB 5 us are synchronisation. With SPLITS 33, where one program in 33
 * works on two units and so couples them, B1 C8192 takes 20.0. A whole number of programs per unit,
 * with a few programs idle, saved 4 us.
 *
 * H200, many (sequence, K/V head) pairs. Predicted: programs that process four pairs one after the
 * other hide each other's latency. Measured: B64 C128 (D 64) 24.9, three times the graph's 7.6.
 * Learned: a program pays the latency of a pair once for each of its pairs. Now an SM holds up to
 * eight programs, of fewer warps each, until every pair has its own: 9.4, and attention_cp_async
 * takes 7.6.
 */
#include "attention_program.cuh"
#include "cuda.h"

template <class kind> struct register_loader {
    static constexpr bool appends = true;
    const struct attention_run &run;
    const struct attention_place &place;
    const struct attention_shared &shared;
    uint32_t warp, lane, row_block, limit;
    bool holds;
    struct attention_cursor<kind> cursor;
    struct attention_held_row_block<kind> held;

    __device__ __forceinline__ register_loader(const struct attention_run &run,
                                               const struct attention_place &place,
                                               const struct attention_shared &shared)
        : run(run), place(place), shared(shared), warp(threadIdx.x / 32), lane(threadIdx.x % 32),
          row_block(shared.row_blocks + warp * kind::row_block_bytes), limit(0), holds(false)
    {
        cursor.begin(run, place, shared, warp);
    }
    __device__ __forceinline__ void allow(uint32_t t)
    {
        limit = t + 1;
    }
    __device__ __forceinline__ void fill()
    {
        if (holds || !cursor.find(run, place, shared, warp, limit))
            return;
        held.load(run.data, cursor.source, cursor.page, cursor.row, lane);
        cursor.advance(run);
        holds = true;
    }
    __device__ __forceinline__ uint32_t wait()
    {
        held.store(row_block, lane);
        holds = false;
        fill();
        __syncwarp();
        return row_block;
    }
    __device__ __forceinline__ void free()
    {
        __syncwarp();
    }
    __device__ __forceinline__ void end()
    {
    }
};

template <class kind, bool PHASED>
static __global__ void __launch_bounds__(32 * ATTENTION_WARPS, 1)
    decode(const __grid_constant__ struct attention_run run)
{
    const struct attention_place place = attention_find(run);
    const struct attention_shared shared =
        attention_share_memory<kind>(run.warps, run.heads, run.warps);
    attention_keep_pieces(run, place, shared);
    __syncthreads();
    register_loader<kind> loader(run, place, shared);
    attention_iterate<kind, PHASED>(run, place, shared, loader);
}

/* ---- the host ------------------------------------------------------------------------------- */

static const void *const kernels[ATTENTION_KERNELS] = {ATTENTION_TABLE(ATTENTION_DECODE)};

static const void *const phased[ATTENTION_KERNELS] = {ATTENTION_TABLE(ATTENTION_DECODE_PHASED)};

/* One row block of shared memory per warp: it is filled from registers. */
static const struct attention_loader loader = {
    .name = "attention_persistent",
    .kernels = kernels,
    .phased = phased,
    .warps = ATTENTION_WARPS,
    .stages = 1,
    .capability = 80,
};

static bool make_plan(const struct knobs *knobs, const struct device_info *device,
                      const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return attention_plan_persistent(&loader, knobs, device, capacity, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    return attention_programs_prepare(&loader, sizeof(struct attention_programs), setup, error);
}

extern const struct variant_ops attention_persistent_ops = {
    .plan = make_plan,
    .prepare = prepare,
    ATTENTION_PROGRAMS,
};
