/*
 * attention_cp_async - asynchronous copies bring K and V to shared memory, in a ring of KV_STAGES
 * tiles.
 *
 * Unlike in attention_persistent, cp.async replaces loads into registers. A warp requests row
 * blocks as far ahead as its ring allows, and the copies write shared memory without passing
 * through registers. The warp waits for a row block only when it needs that block. A tile of
 * KV_TILE rows is one row block for each of KV_TILE / 16 warps. So KV_TILE sets the number of
 * warps, and each SM has KV_TILE times KV_STAGES rows in flight. Copies stay in flight across the
 * end of a step. So the next step's row blocks are ready in shared memory when the programs have
 * synchronised.
 *
 * In the histogram: change KV_STAGES. The bytes in flight must cover memory latency at full
 * bandwidth, some 32 KiB per SM of an H100. More bytes in flight were meant to hide the
 * synchronisation between steps, which matters if steps are short. But look at what more stages do
 * to short steps.
 *
 * H100, same settings as in attention_persistent. Predicted: no gain at 256 MiB, where 64 KiB in
 * flight suffice. Short steps get faster with each further stage. Measured with KV_STAGES 2 / 3 / 6
 * at KV_TILE 64: B8 C8192 90.1 / 89.2 / 89.8 (persistent 92.7), B8 C1024 12.7 / 13.7 / 14.3, B1
 * C8192 13.3 / 14.2 / 15.7. Learned: loads in flight delay the synchronisation. The partial sums,
 * and the signal that they are complete, queue behind the next step's rows. So the smallest number
 * of stages that keeps memory busy is best.
 */
#include "attention_program.cuh"
#include "cuda.h"

/* Waits until at most `pending` groups of copies are in flight. Needs a switch, because the
 * instruction's operand must be a constant. */
static __device__ __forceinline__ void wait_pending(uint32_t pending)
{
    switch (pending) {
    case 0:
        gpu_copy_wait<0>();
        break;
    case 1:
        gpu_copy_wait<1>();
        break;
    case 2:
        gpu_copy_wait<2>();
        break;
    case 3:
        gpu_copy_wait<3>();
        break;
    case 4:
        gpu_copy_wait<4>();
        break;
    case 5:
        gpu_copy_wait<5>();
        break;
    case 6:
        gpu_copy_wait<6>();
        break;
    default:
        gpu_copy_wait<7>();
        break;
    }
}

template <class kind> struct cp_async_loader {
    static constexpr bool appends = false;
    const struct attention_run &run;
    const struct attention_place &place;
    const struct attention_shared &shared;
    uint32_t warp, lane, ring, limit;
    uint32_t sent; /* row blocks in the ring */
    struct attention_ring_slot next, own;
    struct attention_cursor<kind> cursor;

    __device__ __forceinline__ cp_async_loader(const struct attention_run &run,
                                               const struct attention_place &place,
                                               const struct attention_shared &shared)
        : run(run), place(place), shared(shared), warp(threadIdx.x / 32), lane(threadIdx.x % 32),
          ring(shared.row_blocks + warp * run.stages * kind::row_block_bytes), limit(0),
          sent(0), next{}, own{}
    {
        cursor.begin(run, place, shared, warp);
    }
    __device__ __forceinline__ void allow(uint32_t t)
    {
        limit = t + 1;
    }
    __device__ __forceinline__ void fill()
    {
        while (sent < run.stages && cursor.find(run, place, shared, warp, limit)) {
            attention_copy_row_block<kind>(run.data, cursor.source, cursor.page, cursor.row,
                                           ring + next.stage * kind::row_block_bytes, lane);
            gpu_copy_commit();
            next.next(run.stages);
            cursor.advance(run);
            sent++;
        }
    }
    __device__ __forceinline__ uint32_t wait()
    {
        wait_pending(sent - 1);
        __syncwarp();
        return ring + own.stage * kind::row_block_bytes;
    }
    __device__ __forceinline__ void free()
    {
        __syncwarp();
        own.next(run.stages);
        sent--;
    }
    __device__ __forceinline__ void end()
    {
        gpu_copy_wait<0>();
    }
};

template <class kind, bool PHASED>
static __global__ void __launch_bounds__(32 * ATTENTION_WARPS, 1)
    decode(const __grid_constant__ struct attention_run run)
{
    const struct attention_place place = attention_find(run);
    const struct attention_shared shared =
        attention_share_memory<kind>(run.warps, run.heads, run.warps * run.stages);
    attention_keep_pieces(run, place, shared);
    __syncthreads();
    cp_async_loader<kind> loader(run, place, shared);
    attention_iterate<kind, PHASED>(run, place, shared, loader);
}

/* ---- the host ------------------------------------------------------------------------------- */

static const void *const kernels[ATTENTION_KERNELS] = {ATTENTION_TABLE(ATTENTION_DECODE)};

static const void *const phased[ATTENTION_KERNELS] = {ATTENTION_TABLE(ATTENTION_DECODE_PHASED)};

static const struct attention_loader loader = {
    .name = "attention_cp_async",
    .kernels = kernels,
    .phased = phased,
    .warps = ATTENTION_WARPS,
    .stages = 2,
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

extern const struct variant_ops attention_cp_async_ops = {
    .plan = make_plan,
    .prepare = prepare,
    ATTENTION_PROGRAMS,
};
