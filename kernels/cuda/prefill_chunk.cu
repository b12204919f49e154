/*
 * prefill_chunk.cu - the kernel that computes on a copied chunk of a prefill, and kernels that
 * generate the source, poison dst and check it. The latter are not part of a measurement.
 */
#include "../inputs.h"
#include "prefill.cuh"

#define THREADS 256u
#define UNROLL  4u
#define CTAS    1056u                /* 8 per SM of an H100; any number works */
#define POISON  UINT32_C(0x7FC0DEAD) /* a quiet NaN that is easy to recognise in a debugger */

/* Computes dst += src. dst contains a copy of src, so the kernel reads only dst: src may be in host
 * memory or on another GPU. */
static __global__ void __launch_bounds__(THREADS)
    compute(uint32_t chunk, const __grid_constant__ struct prefill_run run)
{
    struct prefill_record *record = run.computes + chunk;
    float4 *const dst = (float4 *)(run.dst + chunk * run.chunk_elems);
    const uint64_t vectors = run.chunk_elems / 4;
    if (threadIdx.x == 0)
        prefill_enter(run, record, false);
    const uint64_t stride = (uint64_t)gridDim.x * THREADS;
    uint64_t looked = 0;
    if (gpu_load(run.abort) == 0)
        for (uint64_t first = blockIdx.x * THREADS + threadIdx.x;
             first < vectors && !prefill_look(run, threadIdx.x == 0, &looked);
             first += UNROLL * stride) {
            float4 x[UNROLL]; /* UNROLL loads in flight; the compiler moves no load across a clock
                                 read */
#pragma unroll
            for (uint32_t i = 0; i < UNROLL; i++)
                if (first + i * stride < vectors)
                    x[i] = dst[first + i * stride];
#pragma unroll
            for (uint32_t i = 0; i < UNROLL; i++)
                if (first + i * stride < vectors)
                    dst[first + i * stride] = make_float4(x[i].x + x[i].x, x[i].y + x[i].y,
                                                          x[i].z + x[i].z, x[i].w + x[i].w);
        }
    __syncthreads();
    if (threadIdx.x == 0)
        prefill_leave(run, record, false, true);
}

cudaError_t prefill_launch_compute(const struct prefill *prefill, uint32_t chunk,
                                   cudaStream_t stream)
{
    compute<<<prefill->compute_ctas, THREADS, 0, stream>>>(chunk, prefill->run);
    return cudaGetLastError();
}

/* ---- not measured --------------------------------------------------------------------------- */

/* Generates elements 4 * i to 4 * i + 3 of the source, numbered across all chunks. */
static __device__ __forceinline__ void make_quad(uint64_t i, uint64_t quads, uint64_t seed,
                                                 float values[4])
{
    input_quad(seed, INPUT_PREFILL, (uint32_t)(i / quads), 0, (uint32_t)(i % quads), values);
}

static __global__ void make_source(float4 *src, uint64_t all, uint64_t quads, uint64_t seed)
{
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        float values[4];
        make_quad(i, quads, seed, values);
        src[i] = make_float4(values[0], values[1], values[2], values[3]);
    }
}

static uint64_t count_quads(const struct prefill *prefill)
{
    return prefill->run.chunks * (prefill->run.chunk_elems / 4);
}

bool prefill_make_source(const struct prefill *prefill, cudaStream_t stream, struct error *error)
{
    make_source<<<CTAS, THREADS, 0, stream>>>((float4 *)prefill->source, count_quads(prefill),
                                              prefill->run.chunk_elems / 4,
                                              (uint64_t)prefill->knobs->seed);
    return gpu_finished(stream, error);
}

static __global__ void poison(uint4 *dst, uint64_t all)
{
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride())
        dst[i] = make_uint4(POISON, POISON, POISON, POISON);
}

bool prefill_poison(const struct prefill *prefill, cudaStream_t stream, struct error *error)
{
    poison<<<CTAS, THREADS, 0, stream>>>((uint4 *)prefill->run.dst, count_quads(prefill));
    return gpu_finished(stream, error);
}

/* Counts wrong elements of dst. Generates the source again, so that errors in the source are found
 * too. */
static __global__ void add_wrong(const float4 *dst, uint64_t all, uint64_t quads, uint64_t seed,
                                 unsigned long long *count)
{
    unsigned long long own = 0;
    for (uint64_t i = gpu_first_index(); i < all; i += gpu_index_stride()) {
        float values[4];
        const float4 x = dst[i];
        make_quad(i, quads, seed, values);
        own += (x.x != 2 * values[0]) + (x.y != 2 * values[1]) + (x.z != 2 * values[2]) +
               (x.w != 2 * values[3]);
    }
    if (own > 0)
        atomicAdd(count, own);
}

uint64_t prefill_count_wrong(const struct prefill *prefill, const struct gpu_lab *lab)
{
    struct error ignored;
    uint64_t count = 0;
    uint64_t *const word = &lab->control->nan;
    if (cudaMemsetAsync(word, 0, sizeof count, lab->side) != cudaSuccess)
        return 4 * count_quads(prefill);
    add_wrong<<<CTAS, THREADS, 0, lab->side>>>(
        (const float4 *)prefill->run.dst, count_quads(prefill), prefill->run.chunk_elems / 4,
        (uint64_t)prefill->knobs->seed, (unsigned long long *)word);
    if (!gpu_finished(lab->side, &ignored) ||
        cudaMemcpyAsync(&count, word, sizeof count, cudaMemcpyDeviceToHost, lab->side) !=
            cudaSuccess ||
        cudaStreamSynchronize(lab->side) != cudaSuccess)
        return 4 * count_quads(prefill);
    return count;
}
