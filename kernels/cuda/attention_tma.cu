/*
 * attention_tma - one thread requests a whole tile with one instruction: the tensor memory
 * accelerator (TMA) fetches it.
 *
 * Unlike in attention_warp_specialized, the producer is hardware. A lane names a tensor map and a
 * row. The SM's copy engine computes the addresses, fetches 16 rows of K, and writes them swizzled,
 * so that reading them has no bank conflicts. An mbarrier in shared memory counts the bytes. So no
 * warp needs to be a producer: each warp requests another row block as soon as it has read one. The
 * ring takes all remaining shared memory.
 *
 * The newest rows are copied by cp.async, as in attention_cp_async, because they are in another
 * tensor, and because the rows past them in a row block must be zero.
 *
 * With clusters, synchronisation between CTAs is cheap too. If the device has room for one cluster
 * of CTAs per (sequence, K/V head) pair, the plan gives each pair a cluster. The CTAs of a cluster
 * divide the pair's row blocks, and add their sums through distributed shared memory
 * (attention_cluster.cu, plan/attention_clusters.h). Otherwise the programs divide all rows evenly,
 * and combine their sums through L2. Compare STEP_SYNC cluster and flag.
 *
 * In the histogram: a step reaches the floor; with clusters, short steps do too. Needs compute
 * capability 9.0; there is no fallback.
 *
 * H100, same settings as in attention_persistent. Predicted: the floor. Measured: B8 C8192 89.2
 * (3,040 GB/s), B8 C1024 14.7, B1 C8192 14.2 to 14.6 (cuDNN in the same run 96.0, 19.7 and 19.6).
 * Learned: a full ring does not hide the synchronisation between steps, but delays it. With three
 * row blocks per warp in flight instead of two, short steps take 0.4 us more. attention_cp_async,
 * which has half as many bytes in flight, takes 1 to 2 us less.
 *
 * H200, whose memory has 1.5 times the bandwidth: B32 C8192 took 259 us (4.15 TB/s), however many
 * row blocks were in flight. Predicted cause: too few bytes in flight. Learned: the cause was the
 * tensor map's promotion to 256 bytes in L2; without it the step takes 236. A proxy fence in every
 * step cost 0.4 us of a short step; a fence in every 16th step suffices.
 *
 * Clusters, one H200, 2026-11-30, HEAD_DIM 128 unless 64 is given. Predicted: a step at B1 C128
 * falls from 5.2 us to 3, because nothing on its critical path goes through L2. Measured, with
 * STEP_SYNC flag in parentheses: B1 C128 2.5 (5.1), B1 C512 2.6 (6.1), B8 C1024 7.9 (9.8), HEAD_DIM
 * 64 4.8 (8.7), B1 C8192 8.9 (10.9), B64 C128 HEAD_DIM 64 6.0 (7.8). Learned: with one warp that
 * loads and appends, a step took 0.3 us per row block of a CTA, and 2.2 us to append to 32
 * copies of the cache. The limit was the latency of that warp's dependent instructions, not memory.
 * With one load warp for every two compute warps, a step does not wait for the load warps. A ring
 * of 192 KiB per SM instead of 128 KiB makes long steps 1 to 5 % longer.
 *
 * 2026-12-01, HEAD_DIM 64, pages of 64 rows: in each load warp, four lanes request row blocks
 * instead of one lane. B8 C1024: 4.2 instead of 5.3. B16 C2048: 15.1 instead of 17.1. Learned: the
 * requests were the limit, because row blocks of HEAD_DIM 64 are small.
 */
#include "attention_bulk.cuh"
#include "attention_program.cuh"
#include "cuda.h"

#include <cuda_runtime.h>

/* Most row blocks in flight per warp, if they fit. In short steps, more than SHORT_STAGES would
 * delay the synchronisation. */
#define STAGES_MOST  8
#define SHORT_STAGES 2

#if HAS_TMA
template <class kind> struct tma_loader {
    static constexpr bool appends = false;
    const struct attention_run &run;
    const struct attention_place &place;
    const struct attention_shared &shared;
    const struct attention_maps &maps;
    uint32_t warp, lane, ring, barriers, limit;
    uint32_t sent;    /* row blocks in the ring */
    uint32_t written; /* one bit per slot: 1 if cp.async wrote the slot last */
    struct attention_ring_slot next, own;
    struct attention_cursor<kind> cursor;

    __device__ __forceinline__ tma_loader(const struct attention_run &run,
                                          const struct attention_place &place,
                                          const struct attention_shared &shared,
                                          const struct attention_maps &maps)
        : run(run), place(place), shared(shared), maps(maps), warp(threadIdx.x / 32),
          lane(threadIdx.x % 32),
          ring(shared.row_blocks + warp * run.stages * kind::row_block_bytes),
          barriers(attention_barrier_at(shared.barriers) + warp * run.stages * 8), limit(0),
          sent(0), written(0), next{}, own{}
    {
        if (lane < run.stages)
            attention_barrier_begin(barriers + lane * 8, 32);
        attention_order_ring_before_fetch();
        __syncwarp();
        cursor.begin(run, place, shared, warp);
    }
    __device__ __forceinline__ void allow(uint32_t t)
    {
        limit = t + 1;
        /* The copy engine may read row context + t - 1, which the previous step appended, from this
         * step on. But it only reads complete row blocks, so a fence is needed only when that row
         * completes one. A fence in every step would cost up to a microsecond, because it waits for
         * all of the thread's stores. */
        if (place.fences >> t % kind::rows & 1)
            attention_order_rows_before_fetch();
    }
    __device__ __forceinline__ void fill()
    {
        while (sent < run.stages && cursor.find(run, place, shared, warp, limit)) {
            const uint32_t row_block = ring + next.stage * kind::row_block_bytes;
            const uint32_t barrier = barriers + next.stage * 8;
            if (cursor.row + kind::rows <= cursor.source.settled) {
                if (written >> next.stage & 1) {
                    attention_order_ring_before_fetch();
                    written &= ~(1u << next.stage);
                    __syncwarp();
                }
                if (lane == 0) {
                    const uint32_t row = /* row numbers continue across all copies */
                        (uint32_t)(attention_cached<kind>(run.data, cursor.source, cursor.page,
                                                          cursor.row) /
                                   kind::row_bytes);
                    attention_fetch_row_block<kind>(maps, row_block, row, barrier);
                }
            } else {
                attention_copy_row_block<kind>(run.data, cursor.source, cursor.page, cursor.row,
                                               row_block, lane);
                attention_barrier_arrive_copied(barrier);
                written |= 1u << next.stage;
            }
            next.next(run.stages);
            cursor.advance(run);
            sent++;
        }
    }
    __device__ __forceinline__ uint32_t wait()
    {
        attention_barrier_wait(barriers + own.stage * 8, own.round & 1);
        return ring + own.stage * kind::row_block_bytes;
    }
    __device__ __forceinline__ void free()
    {
        __syncwarp();
        own.next(run.stages);
        sent--;
    }
    /* A CTA must not end while copies to its shared memory are in flight. */
    __device__ __forceinline__ void end()
    {
        while (sent > 0) {
            wait();
            free();
        }
    }
};

#endif

template <class kind, bool PHASED>
static __global__ void __launch_bounds__(32 * ATTENTION_WARPS, 1)
    decode(const __grid_constant__ struct attention_run run,
           const __grid_constant__ struct attention_maps maps)
{
#if HAS_TMA
    const struct attention_place place = attention_find(run);
    const struct attention_shared shared =
        attention_share_memory<kind>(run.warps, run.heads, run.warps * run.stages);
    attention_keep_pieces(run, place, shared);
    __syncthreads();
    tma_loader<kind> loader(run, place, shared, maps);
    attention_iterate<kind, PHASED>(run, place, shared, loader);
#endif
}

/* ---- the host ------------------------------------------------------------------------------- */

static const void *const kernels[ATTENTION_KERNELS] = {ATTENTION_TABLE(ATTENTION_DECODE)};

static const void *const phased[ATTENTION_KERNELS] = {ATTENTION_TABLE(ATTENTION_DECODE_PHASED)};

static const struct attention_loader loader = {
    .name = "attention_tma",
    .kernels = kernels,
    .phased = phased,
    .warps = ATTENTION_WARPS,
    .stages = STAGES_MOST,
    .short_stages = SHORT_STAGES,
    .capability = 90,
    .clustered = attention_cluster_kernels,
    .clustered_phased = attention_cluster_phased,
};

struct state {
    struct attention_programs programs; /* must be first: gpu_lab_poll gets the state */
    struct attention_maps maps;
};

/* Describes the caches as [parts][rows][128 bytes], so that a box of 16 rows is the K or V half of
 * a row block in its shared memory layout. Disables L2 promotion: with promotion to 256 bytes, a
 * memory-bound step took 10 % longer on an H200. */
static bool encode_maps(struct state *state, struct error *error)
{
    typedef CUresult encode_function(CUtensorMap *, CUtensorMapDataType, cuuint32_t, void *,
                                     const cuuint64_t *, const cuuint64_t *, const cuuint32_t *,
                                     const cuuint32_t *, CUtensorMapInterleave, CUtensorMapSwizzle,
                                     CUtensorMapL2promotion, CUtensorMapFloatOOBfill);
    const struct gpu_attention *data = &state->programs.lab.data;
    const struct attention_shape *shape = &data->shape;
    const uint32_t element = attention_element_bytes(shape->type);
    const uint32_t row_bytes = shape->head_dim * element, part = 128 / element;
    const CUtensorMapDataType type = shape->type == DTYPE_BF16   ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                     : shape->type == DTYPE_FP16 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16
                                                                 : CU_TENSOR_MAP_DATA_TYPE_FLOAT32;
    const cuuint64_t sizes[3] = {part, shape->copies * attention_copy_rows(shape), row_bytes / 128};
    const cuuint64_t strides[2] = {row_bytes, 128};
    const cuuint32_t box[3] = {part, shape->type == DTYPE_FP32 ? 8u : 16u, row_bytes / 128};
    const cuuint32_t steps[3] = {1, 1, 1};
    void *found = NULL;
    cudaDriverEntryPointQueryResult query;
    if (!gpu_right(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000,
                                                    cudaEnableDefault, &query),
                   "cudaGetDriverEntryPointByVersion", error))
        return false;
    if (found == NULL || query != cudaDriverEntryPointSuccess)
        return error_set(error, ERROR_RUN,
                         "the NVIDIA driver lacks cuTensorMapEncodeTiled: update it");
    for (int side = 0; side < 2; side++) {
        const CUresult status = ((encode_function *)found)(
            &state->maps.side[side], type, 3, data->cache[side], sizes, strides, box, steps,
            CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
            CU_TENSOR_MAP_L2_PROMOTION_NONE, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
        if (status != CUDA_SUCCESS)
            return error_set(error, ERROR_RUN, "cuTensorMapEncodeTiled: error %d", (int)status);
    }
    return true;
}

static bool make_plan(const struct knobs *knobs, const struct device_info *device,
                      const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return attention_plan_persistent(&loader, knobs, device, capacity, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state =
        (struct state *)attention_programs_prepare(&loader, sizeof *state, setup, error);
    if (state == NULL)
        return NULL;
    state->programs.arguments[1] = &state->maps;
    if (encode_maps(state, error))
        return state;
    attention_programs_release(state);
    return NULL;
}

extern const struct variant_ops attention_tma_ops = {
    .plan = make_plan,
    .prepare = prepare,
    ATTENTION_PROGRAMS,
};
