/*
 * prefill_native.cu - copies by the tensor memory accelerator (TMA). One thread requests a tile;
 * the engine fetches the tile into shared memory and completes an mbarrier. With another
 * instruction, the same thread requests the store of the tile. Each CTA has STAGES tiles in flight,
 * so memory stays busy. The copy kernel may also compute on a tile in place; then dst is written
 * only once.
 *
 * A tile is a box of a tensor map: rows of up to 256 floats. A plain bulk copy moves the floats
 * after a chunk's last whole row, because a box contains only whole rows.
 *
 * GPUs below compute capability 9.0 have no such engine, and there is no fallback.
 */
#include "prefill.cuh"

#include <cuda.h>
#include <stdlib.h>
#include <string.h>

#define THREADS     128u
#define STAGES_MOST 8u   /* the knob's maximum */
#define ROW_MOST    256u /* most floats in a row of a box, and most rows in a box */
#define ALIGNMENT   128u /* alignment of a tile in shared memory, in bytes */

struct tiles {
    struct prefill_run run;
    uint32_t tile, row;      /* floats per tile, and per row of a tile */
    uint32_t whole, tail;    /* per chunk: tiles of whole rows; floats after the last whole row */
    uint32_t stages, stride; /* stages in shared memory; bytes from one stage to the next */
};

struct maps {
    CUtensorMap src, dst;
};

#if HAS_TMA

static __device__ __forceinline__ uint32_t address_of(const void *shared)
{
    return (uint32_t)__cvta_generic_to_shared(shared);
}

static __device__ __forceinline__ void barrier_begin(uint32_t barrier)
{
    asm volatile("mbarrier.init.shared.b64 [%0], 1;" ::"r"(barrier) : "memory");
}

static __device__ __forceinline__ void barrier_expect(uint32_t barrier, uint32_t bytes)
{
    asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
                 : "memory");
}

static __device__ __forceinline__ void barrier_wait(uint32_t barrier, uint32_t parity)
{
    asm volatile("{\n\t"
                 ".reg .pred there;\n\t"
                 "again:\n\t"
                 "mbarrier.try_wait.parity.shared.b64 there, [%0], %1;\n\t"
                 "@!there bra again;\n\t"
                 "}" ::"r"(barrier),
                 "r"(parity)
                 : "memory");
}

static __device__ __forceinline__ void fetch_tile(uint32_t to, const CUtensorMap *map, uint32_t row,
                                                  uint32_t chunk, uint32_t barrier)
{
    asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {%2, %3, %4}], [%5];" ::"r"(to),
                 "l"(map), "r"(0), "r"(row), "r"(chunk), "r"(barrier)
                 : "memory");
}

static __device__ __forceinline__ void store_tile(const CUtensorMap *map, uint32_t row,
                                                  uint32_t chunk, uint32_t from)
{
    asm volatile("cp.async.bulk.tensor.3d.global.shared::cta.tile.bulk_group "
                 "[%0, {%1, %2, %3}], [%4];" ::"l"(map),
                 "r"(0), "r"(row), "r"(chunk), "r"(from)
                 : "memory");
}

static __device__ __forceinline__ void fetch_bytes(uint32_t to, const void *from, uint32_t bytes,
                                                   uint32_t barrier)
{
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
                 "[%0], [%1], %2, [%3];" ::"r"(to),
                 "l"(from), "r"(bytes), "r"(barrier)
                 : "memory");
}

static __device__ __forceinline__ void store_bytes(void *to, uint32_t from, uint32_t bytes)
{
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to), "r"(from),
                 "r"(bytes)
                 : "memory");
}

static __device__ __forceinline__ void store_commit()
{
    asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}

/* Waits until all stores except the newest have read their tiles. */
static __device__ __forceinline__ void stores_wait_read()
{
    asm volatile("cp.async.bulk.wait_group.read 1;" ::: "memory");
}

/* Waits until all stores have completed. */
static __device__ __forceinline__ void stores_wait()
{
    asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

/* Orders writes to shared memory by ordinary instructions before reads by the engine. */
static __device__ __forceinline__ void order_before_engine()
{
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

/* Fetches and stores the tiles of one CTA. One thread of the CTA calls these functions. */
struct mover {
    const struct tiles &tiles;
    const struct maps &maps;
    uint32_t chunk, shared, barriers;

    __device__ __forceinline__ uint32_t index(uint32_t i) const
    {
        return blockIdx.x + i * gridDim.x;
    }
    __device__ __forceinline__ uint32_t stage_at(uint32_t i) const
    {
        return shared + i % tiles.stages * tiles.stride;
    }
    __device__ __forceinline__ uint32_t barrier_at(uint32_t i) const
    {
        return barriers + i % tiles.stages * 8;
    }
    __device__ __forceinline__ uint64_t tail_at() const
    {
        return (uint64_t)chunk * tiles.run.chunk_elems + tiles.run.chunk_elems - tiles.tail;
    }
    __device__ __forceinline__ void fetch(uint32_t i) const
    {
        const uint32_t rows = tiles.tile / tiles.row;
        if (index(i) < tiles.whole) {
            barrier_expect(barrier_at(i), tiles.tile * 4);
            fetch_tile(stage_at(i), &maps.src, index(i) * rows, chunk, barrier_at(i));
        } else {
            barrier_expect(barrier_at(i), tiles.tail * 4);
            fetch_bytes(stage_at(i), tiles.run.src + tail_at(), tiles.tail * 4, barrier_at(i));
        }
    }
    __device__ __forceinline__ void store(uint32_t i) const
    {
        const uint32_t rows = tiles.tile / tiles.row;
        if (index(i) < tiles.whole)
            store_tile(&maps.dst, index(i) * rows, chunk, stage_at(i));
        else
            store_bytes(tiles.run.dst + tail_at(), stage_at(i), tiles.tail * 4);
        store_commit();
    }
};

#endif

template <bool COMPUTES>
static __global__ void __launch_bounds__(THREADS)
    copy(uint32_t chunk, const __grid_constant__ struct tiles tiles,
         const __grid_constant__ struct maps maps)
{
#if HAS_TMA
    extern __shared__ __align__(ALIGNMENT) unsigned char stages[];
    __shared__ uint64_t barriers[STAGES_MOST];
    const bool leader = threadIdx.x == 0;
    const struct mover mover = {tiles, maps, chunk, address_of(stages), address_of(barriers)};
    struct prefill_record *record = tiles.run.copies + chunk;
    const uint32_t all = tiles.whole + (tiles.tail > 0);
    uint32_t count = (all - blockIdx.x + gridDim.x - 1) / gridDim.x; /* grids are at most `all` */
    if (leader) {
        for (uint32_t stage = 0; stage < tiles.stages; stage++)
            barrier_begin(mover.barrier_at(stage));
        order_before_engine();
        prefill_enter(tiles.run, record, true);
        for (uint32_t i = 0; i < tiles.stages && i < count; i++)
            mover.fetch(i);
    }
    /* After an abort, process only the tiles that are already requested. */
    if (__syncthreads_or(gpu_load(tiles.run.abort) != 0) && count > tiles.stages)
        count = tiles.stages;
    const bool may_be_long = count > tiles.stages;
    uint64_t looked = 0;
    for (uint32_t i = 0; i < count; i++) {
        const bool leave = may_be_long && leader && prefill_look(tiles.run, true, &looked);
        const uint32_t fetched = i > 0 ? i - 1 + tiles.stages : tiles.stages;
        if (!COMPUTES && leave && count > fetched)
            count = fetched;
        if (COMPUTES || leader)
            barrier_wait(mover.barrier_at(i), i / tiles.stages & 1);
        if (COMPUTES) {
            float4 *const tile = (float4 *)(stages + i % tiles.stages * tiles.stride);
            for (uint32_t v = threadIdx.x; v < tiles.tile / 4; v += THREADS) {
                const float4 x = tile[v];
                tile[v] = make_float4(x.x + x.x, x.y + x.y, x.z + x.z, x.w + x.w);
            }
            order_before_engine();
            if (!may_be_long)
                __syncthreads();
            else if (__syncthreads_or(leave) && count > fetched)
                count = fetched;
        }
        if (leader) {
            mover.store(i);
            if (i > 0 && i - 1 + tiles.stages < count) {
                stores_wait_read();
                mover.fetch(i - 1 + tiles.stages);
            }
        }
    }
    if (leader) {
        stores_wait();
        prefill_leave(tiles.run, record, true, COMPUTES);
    }
#endif
}

/* ---- the host ------------------------------------------------------------------------------- */

static const void *kernel_of(bool computes)
{
    return computes ? (const void *)copy<true> : (const void *)copy<false>;
}

static struct tiles lay_out(const struct prefill_run *run, const struct knobs *knobs)
{
    struct tiles tiles = {};
    tiles.run = *run;
    tiles.tile = (uint32_t)knobs->tile_elems;
    tiles.row = tiles.tile < ROW_MOST ? tiles.tile : ROW_MOST;
    const uint64_t rows = (uint64_t)knobs->prefill_chunk_elems / tiles.row;
    tiles.whole = (uint32_t)((rows * tiles.row + tiles.tile - 1) / tiles.tile);
    tiles.tail = (uint32_t)((uint64_t)knobs->prefill_chunk_elems % tiles.row);
    tiles.stages = (uint32_t)knobs->stages;
    tiles.stride = (tiles.tile * 4 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return tiles;
}

static bool accepts(const struct knobs *knobs, const struct device_info *device,
                    struct error *error)
{
    const int64_t tile = knobs->tile_elems;
    const struct prefill_run none = {};
    if (device->capability < 90)
        return error_set(error, ERROR_UNSUPPORTED,
                         "the tensor memory accelerator needs compute capability 9.0; this device "
                         "has %u.%u",
                         device->capability / 10, device->capability % 10);
    if (tile > (int64_t)ROW_MOST && tile % (int64_t)ROW_MOST != 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "TILE_ELEMS %lld does not fit a box of the tensor memory accelerator: use "
                         "a multiple of 4 up to %u, or of %u up to 16,384",
                         (long long)tile, ROW_MOST, ROW_MOST);
    const struct tiles tiles = lay_out(&none, knobs);
    if (tiles.stages * tiles.stride + 1024 <= device->shared_bytes)
        return true;
    return error_set(
        error, ERROR_UNSUPPORTED,
        "STAGES %u of TILE_ELEMS %lld need %u bytes of shared memory, but a CTA of this "
        "device has %u: reduce either",
        tiles.stages, (long long)tile, tiles.stages * tiles.stride, device->shared_bytes - 1024);
}

typedef CUresult encode_function(CUtensorMap *, CUtensorMapDataType, cuuint32_t, void *,
                                 const cuuint64_t *, const cuuint64_t *, const cuuint32_t *,
                                 const cuuint32_t *, CUtensorMapInterleave, CUtensorMapSwizzle,
                                 CUtensorMapL2promotion, CUtensorMapFloatOOBfill);

/* Describes the whole rows of all chunks, [chunks][rows][floats]. A box is a tile. */
static bool encode(encode_function *function, const struct tiles *tiles, const float *memory,
                   struct prefill_map *map, struct error *error)
{
    const cuuint64_t rows = tiles->run.chunk_elems / tiles->row;
    const cuuint64_t sizes[3] = {tiles->row, rows > 0 ? rows : 1, tiles->run.chunks};
    const cuuint64_t strides[2] = {tiles->row * 4, tiles->run.chunk_elems * 4};
    const cuuint32_t box[3] = {tiles->row, tiles->tile / tiles->row, 1};
    const cuuint32_t steps[3] = {1, 1, 1};
    CUtensorMap encoded;
    if (rows == 0) /* the map is not used, and its sizes would be invalid */
        return true;
    const CUresult status =
        function(&encoded, CU_TENSOR_MAP_DATA_TYPE_FLOAT32, 3, (void *)memory, sizes, strides, box,
                 steps, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_NONE,
                 CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    if (status != CUDA_SUCCESS)
        return error_set(error, ERROR_RUN, "cuTensorMapEncodeTiled: error %d", (int)status);
    memcpy(map, &encoded, sizeof encoded);
    return true;
}

static_assert(sizeof(struct prefill_map) == sizeof(CUtensorMap),
              "struct prefill_map is a CUtensorMap");

static bool open_copies(struct prefill *prefill, const struct device_info *device,
                        struct error *error)
{
    const struct tiles tiles = lay_out(&prefill->run, prefill->knobs);
    void *found = NULL;
    cudaDriverEntryPointQueryResult query;
    prefill->shared_bytes = tiles.stages * tiles.stride;
    if (!gpu_right(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000,
                                                    cudaEnableDefault, &query),
                   "cudaGetDriverEntryPointByVersion", error))
        return false;
    if (found == NULL || query != cudaDriverEntryPointSuccess)
        return error_set(error, ERROR_RUN,
                         "the NVIDIA driver lacks cuTensorMapEncodeTiled: update it");
    return encode((encode_function *)found, &tiles, prefill->run.src, &prefill->maps[0], error) &&
           encode((encode_function *)found, &tiles, prefill->run.dst, &prefill->maps[1], error) &&
           prefill_share(prefill, kernel_of(prefill->computes), THREADS,
                         tiles.whole + (tiles.tail > 0), device, error);
}

static cudaError_t launch(const struct prefill *prefill, uint32_t chunk, cudaStream_t stream)
{
    struct tiles tiles = lay_out(&prefill->run, prefill->knobs);
    struct maps maps;
    void *arguments[] = {&chunk, &tiles, &maps};
    memcpy(&maps.src, &prefill->maps[0], sizeof maps.src);
    memcpy(&maps.dst, &prefill->maps[1], sizeof maps.dst);
    return cudaLaunchKernel(kernel_of(prefill->computes), dim3(prefill->ctas), dim3(THREADS),
                            arguments, prefill->shared_bytes, stream);
}

extern const struct prefill_engine prefill_native = {
    .fused = true,
    .accepts = accepts,
    .open = open_copies,
    .launch = launch,
};
