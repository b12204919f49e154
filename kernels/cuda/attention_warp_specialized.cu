/*
 * attention_warp_specialized - some warps only load, and the other warps only compute.
 *
 * Unlike in attention_cp_async, compute warps do not issue copies: a producer warp requests row
 * blocks for two consumer warps. Each slot of a ring has two mbarriers: `full` completes when the
 * copies have arrived, `empty` when the row block has been read. The producer runs ahead as far as
 * the ring allows, even while its consumers wait for each other or for other SMs.
 *
 * An SM has four partitions, each with its own registers. With more than eight warps, a partition
 * runs three warps, and a thread gets at most 168 registers. The kernel does not move registers
 * between warps (setmaxnreg), because that needs whole warpgroups of four warps, and with some
 * values of KV_TILE the kernel has none.
 *
 * In the histogram: no gain. The compute warps execute fewer instructions, but they were waiting
 * for memory.
 *
 * H100, same settings as in attention_persistent. Predicted: slightly less than attention_cp_async
 * if steps are short. Measured: B8 C8192 92.1 (cp_async 90.1), B8 C1024 14.1 (12.7), B1 C8192 14.9
 * (13.3). Learned: memory was the bottleneck, not instructions, and a producer adds one more
 * synchronisation per row block. B8 C1024 took 34.8 with one producer for four consumers that slept
 * (try_wait) when a ring was full. It took 15.1 with one producer for two consumers that only polls
 * (test_wait).
 */
#include "attention_program.cuh"
#include "cuda.h"

#define CONSUMERS 2u /* consumer warps per producer warp */

/* Returns the address of an mbarrier in full[warps][stages] or in empty[warps][stages], which
 * follows it. */
static __device__ __forceinline__ uint32_t barrier_at(const struct attention_run &run,
                                                      const struct attention_shared &shared,
                                                      bool empty, uint32_t warp, uint32_t stage)
{
    return attention_barrier_at(shared.barriers) +
           (((empty ? run.warps : 0) + warp) * run.stages + stage) * 8;
}

/* Consumers write a word for the producers: the last step whose row blocks may be requested, or
 * LEAVE. This word follows the word for broadcasts among consumers. */
#define LEAVE UINT32_MAX

static __device__ __forceinline__ void signal_producers(const struct attention_shared &shared,
                                                        uint32_t word)
{
    asm volatile("red.release.cta.shared.max.u32 [%0], %1;" ::"r"(
                     (uint32_t)__cvta_generic_to_shared(shared.word + 1)),
                 "r"(word)
                 : "memory");
}

/* A whole warp calls this. Lane 0 reads the word with an acquire, and a barrier of the warp extends
 * that order to the other lanes. */
static __device__ __forceinline__ uint32_t read_signal(const struct attention_shared &shared,
                                                       uint32_t lane)
{
    uint32_t word = 0;
    if (lane == 0)
        asm volatile("atom.acquire.cta.shared.or.b32 %0, [%1], 0;"
                     : "=r"(word)
                     : "r"((uint32_t)__cvta_generic_to_shared(shared.word + 1))
                     : "memory");
    word = __shfl_sync(0xFFFFFFFF, word, 0);
    __syncwarp();
    return word;
}

template <class kind> struct producer_loader {
    static constexpr bool appends = false;
    const struct attention_run &run;
    const struct attention_shared &shared;
    uint32_t warp, lane, ring;
    struct attention_ring_slot own;

    __device__ __forceinline__ producer_loader(const struct attention_run &run,
                                               const struct attention_shared &shared)
        : run(run), shared(shared), warp(threadIdx.x / 32), lane(threadIdx.x % 32),
          ring(shared.row_blocks + warp * run.stages * kind::row_block_bytes), own{}
    {
    }
    __device__ __forceinline__ void allow(uint32_t t)
    {
        if (threadIdx.x == 0)
            signal_producers(shared, t + 1);
    }
    __device__ __forceinline__ void fill()
    {
    }
    __device__ __forceinline__ uint32_t wait()
    {
        attention_barrier_wait(barrier_at(run, shared, false, warp, own.stage), own.round & 1);
        return ring + own.stage * kind::row_block_bytes;
    }
    __device__ __forceinline__ void free()
    {
        /* Each lane arrives itself, after its own reads. */
        attention_barrier_arrive(barrier_at(run, shared, true, warp, own.stage));
        own.next(run.stages);
    }
    __device__ __forceinline__ void end()
    {
        if (threadIdx.x == 0)
            signal_producers(shared, LEAVE);
    }
};

/* Whether the phase with this parity has completed. Does not wait, because waiting for one consumer
 * would delay the loads for the others. */
static __device__ __forceinline__ bool has_completed(uint32_t barrier, uint32_t parity)
{
    uint32_t over;
    asm volatile("{\n\t"
                 ".reg .pred over;\n\t"
                 "mbarrier.test_wait.parity.shared.b64 over, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, over;\n\t"
                 "}"
                 : "=r"(over)
                 : "r"(barrier), "r"(parity)
                 : "memory");
    return over != 0;
}

/* Loads row blocks for consumers first to first + count - 1, one row block for each in turn. Every
 * lane reads the mbarrier itself, because an acquire orders only the thread that performs it. The
 * warp then votes, so all lanes take the same branch. */
template <class kind>
static __device__ __forceinline__ void
produce(const struct attention_run &run, const struct attention_place &place,
        const struct attention_shared &shared, uint32_t first, uint32_t count)
{
    const uint32_t lane = threadIdx.x % 32, seq_len = run.data.shape.seq_len;
    struct attention_cursor<kind> cursors[CONSUMERS];
    struct attention_ring_slot slots[CONSUMERS] = {};
#pragma unroll
    for (uint32_t i = 0; i < CONSUMERS; i++)
        cursors[i].begin(run, place, shared, first + i);
    while (true) {
        const uint32_t limit = read_signal(shared, lane);
        bool more = false;
        if (limit == LEAVE)
            return;
#pragma unroll
        for (uint32_t i = 0; i < CONSUMERS; i++) {
            if (i >= count || !cursors[i].find(run, place, shared, first + i, limit)) {
                more |= i < count && cursors[i].t < seq_len;
                continue;
            }
            more = true;
            const uint32_t warp = first + i, stage = slots[i].stage;
            /* In the first round every slot is empty. Parity 1 tests the phase before the first,
             * which counts as complete. */
            const bool free =
                has_completed(barrier_at(run, shared, true, warp, stage), slots[i].round & 1 ^ 1);
            if (!__all_sync(0xFFFFFFFF, free))
                continue;
            attention_copy_row_block<kind>(
                run.data, cursors[i].source, cursors[i].page, cursors[i].row,
                shared.row_blocks + (warp * run.stages + stage) * kind::row_block_bytes, lane);
            attention_barrier_arrive_copied(barrier_at(run, shared, false, warp, stage));
            slots[i].next(run.stages);
            cursors[i].advance(run);
        }
        if (!more)
            return;
    }
}

template <class kind, bool PHASED>
static __global__ void __launch_bounds__(32 * (ATTENTION_WARPS + ATTENTION_WARPS / CONSUMERS), 1)
    decode(const __grid_constant__ struct attention_run run)
{
    const uint32_t warp = threadIdx.x / 32;
    const struct attention_place place = attention_find(run);
    const struct attention_shared shared =
        attention_share_memory<kind>(run.warps, run.heads, run.warps * run.stages);
    for (uint32_t i = threadIdx.x; i < run.warps * run.stages; i += blockDim.x) {
        attention_barrier_begin(barrier_at(run, shared, false, 0, i), 32);
        attention_barrier_begin(barrier_at(run, shared, true, 0, i), 32);
    }
    if (threadIdx.x == 0)
        shared.word[1] = 0;
    attention_keep_pieces(run, place, shared);
    __syncthreads();
    if (warp < run.warps) {
        producer_loader<kind> loader(run, shared);
        attention_iterate<kind, PHASED>(run, place, shared, loader);
    } else {
        const uint32_t first = (warp - run.warps) * CONSUMERS;
        const uint32_t left = run.warps - first;
        produce<kind>(run, place, shared, first, left < CONSUMERS ? left : CONSUMERS);
        gpu_copy_wait<0>();
    }
}

/* ---- the host ------------------------------------------------------------------------------- */

static const void *const kernels[ATTENTION_KERNELS] = {ATTENTION_TABLE(ATTENTION_DECODE)};

static const void *const phased[ATTENTION_KERNELS] = {ATTENTION_TABLE(ATTENTION_DECODE_PHASED)};

static const struct attention_loader loader = {
    .name = "attention_warp_specialized",
    .kernels = kernels,
    .phased = phased,
    .warps = ATTENTION_WARPS,
    .stages = 2,
    .more_warps = 1,
    .warps_per = CONSUMERS,
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

extern const struct variant_ops attention_warp_specialized_ops = {
    .plan = make_plan,
    .prepare = prepare,
    ATTENTION_PROGRAMS,
};
