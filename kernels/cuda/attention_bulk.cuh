/*
 * attention_bulk.cuh - device functions with which the tensor memory accelerator (TMA) fetches row
 * blocks. Below compute capability 9.0, this file compiles to nothing.
 */
#ifndef KERNELS_CUDA_ATTENTION_BULK_CUH
#define KERNELS_CUDA_ATTENTION_BULK_CUH

#include "attention_cluster.h"
#include "gpu.cuh"

#if HAS_TMA
__device__ __forceinline__ void attention_expect(uint32_t barrier, uint32_t bytes)
{
    asm volatile("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%0], %1;" ::"r"(barrier),
                 "r"(bytes)
                 : "memory");
}

/* Arrives once at `barrier` for all 32 lanes of a warp. */
__device__ __forceinline__ void attention_arrive_all(uint32_t barrier)
{
    asm volatile("{\n\t"
                 ".reg .b64 state;\n\t"
                 "mbarrier.arrive.shared.b64 state, [%0], 32;\n\t"
                 "}" ::"r"(barrier)
                 : "memory");
}

__device__ __forceinline__ void attention_fetch(uint32_t to, const CUtensorMap *map, uint32_t row,
                                                uint32_t barrier)
{
    asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {%2, %3, %4}], [%5];" ::"r"(to),
                 "l"(map), "r"(0), "r"(row), "r"(0), "r"(barrier)
                 : "memory");
}

/* Fetches the row block that begins at row `row`. Row numbers continue across all copies of the
 * cache. One lane calls this, and arrives at `barrier` for the whole warp. */
template <class kind>
__device__ __forceinline__ void attention_fetch_row_block(const struct attention_maps &maps,
                                                          uint32_t row_block, uint32_t row,
                                                          uint32_t barrier)
{
    attention_expect(barrier, kind::row_block_bytes);
    attention_fetch(row_block, &maps.side[0], row, barrier);
    attention_fetch(row_block + kind::side_bytes, &maps.side[1], row, barrier);
    attention_arrive_all(barrier);
}

/* Orders writes to memory by ordinary instructions before reads by the copy engine. */
__device__ __forceinline__ void attention_order_rows_before_fetch()
{
    asm volatile("fence.proxy.async.global;" ::: "memory");
}

/* Orders ordinary accesses to shared memory before writes by the copy engine. */
__device__ __forceinline__ void attention_order_ring_before_fetch()
{
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
#endif

#endif
