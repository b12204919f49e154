/*
 * attention_persistent - one launch for all tokens: every program has an equal, fixed share of each
 * step.
 *
 * attention_split_kv_graph still runs two kernels per step. Each kernel has to start and end, and
 * its last wave of CTAs rarely fills the device. Here programs stay on each SM, share the rows of
 * all K/V heads evenly (plan/attention_run.h), and combine a step's partials within the kernel. A
 * program waits only for programs that share a K/V head with it (attention_program.cuh).
 *
 * K and V go through registers, and each warp is one row block ahead. It loads the next block while
 * it processes the current one, and the next step's first block while programs wait for each other.
 * So 8 warps have 64 KiB in flight per SM. More is impossible, because these bytes are in
 * registers.
 *
 * In the histogram: the gap is gone, because a step begins when the previous one ends. At long
 * contexts, see how far the step is from the floor. At short contexts, most of a step is
 * synchronisation.
 *
 * H100, bf16, 32 query heads, 8 K/V heads, HEAD_DIM 128, us per step (B: BATCH, C: CONTEXT).
 * Predicted: the time to read the bytes at 3139 GB/s (B8 C8192 86, the others 10.7), plus 1 us for
 * a barrier. Measured: B8 C8192 92.7 (split_kv 98.5, its graph 93.7), B8 C1024 15.3, B1 C8192 15.7
 * (graph 19.4). Learned: at 256 MiB memory is the limit. At 32 MiB, synchronisation takes 5 us.
 * With SPLITS 33, one program in 33 works on two units, so these units wait for each other, and B1
 * C8192 takes 20.0. A whole number of programs per unit, with a few programs idle, saved 4 us.
 *
 * H200, many (sequence, K/V head) pairs. Predicted: programs that process four pairs one after the
 * other hide each other's latency. Measured: B64 C128 (D 64) 24.9, three times the graph's 7.6.
 * Learned: a program pays the latency of a pair once for each of its pairs. Change: an SM runs up
 * to eight programs with fewer warps each, so that more pairs have a program of their own.
 * Measured: 9.4; attention_cp_async takes 7.6.
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

/* Each warp has one row block in shared memory, and fills it from registers. */
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
