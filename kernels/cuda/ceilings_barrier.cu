/*
 * ceilings_barrier.cu - measures the cost of one barrier across all programs (gpu_bench.h). A
 * kernel times a loop of barriers with the GPU's timer, so the time includes no launch. The time of
 * the same loop without barriers is subtracted. The loop is so long that the timer's resolution
 * does not matter.
 */
#include "gpu.cuh"
#include "gpu_bench.h"

#include <cooperative_groups.h>

#define WARM_ROUNDS   64u
#define SHORT_ROUNDS  16384u /* for barriers that take a few ns */
#define LONG_ROUNDS   2048u
#define REPEATS       7u
#define BLOCK_THREADS 256u /* 8 warps */
#define CTA_THREADS   128u
#define FEW_CTAS      8u

enum barrier_kind { BARRIER_NONE, BARRIER_BLOCK, BARRIER_CLUSTER, BARRIER_FLAG, BARRIER_GRID };

struct barrier_run {
    struct gpu_bench_memory *memory;
    uint64_t *took_ns; /* mapped */
    uint32_t rounds;
};

/* How to launch one measurement. */
struct barrier_shape {
    const void *kernel;
    uint32_t ctas, threads, rounds;
    uint32_t cluster; /* CTAs per cluster; 0: no clusters */
    bool cooperative;
};

/* Performs the barrier of a round. All threads call this. Returns false if other CTAs did not
 * arrive. */
template <enum barrier_kind BARRIER>
static __device__ __forceinline__ bool synchronise(const struct barrier_run &run, uint32_t round)
{
    switch (BARRIER) {
    case BARRIER_NONE:
        break;
    case BARRIER_BLOCK:
        __syncthreads();
        break;
    case BARRIER_CLUSTER:
        gpu_cluster_barrier_relaxed();
        break;
    case BARRIER_FLAG: {
        __shared__ bool complete;
        __syncthreads();
        if (threadIdx.x == 0)
            complete = gpu_flag_barrier<false>(&run.memory->barrier, (round + 1) * gridDim.x,
                                               &run.memory->abort);
        __syncthreads();
        return complete;
    }
    case BARRIER_GRID:
        cooperative_groups::this_grid().sync();
        break;
    }
    return true;
}

template <enum barrier_kind BARRIER>
static __device__ __forceinline__ bool synchronise_often(const struct barrier_run &run,
                                                         uint32_t first, uint32_t rounds)
{
#pragma unroll 1
    for (uint32_t round = first; round < first + rounds; round++) {
        asm volatile("" ::: "memory"); /* keeps an empty loop */
        if (!synchronise<BARRIER>(run, round))
            return false;
    }
    return true;
}

template <enum barrier_kind BARRIER>
static __global__ void __launch_bounds__(BLOCK_THREADS) repeat_barrier(const struct barrier_run run)
{
    const bool began = synchronise_often<BARRIER>(run, 0, WARM_ROUNDS);
    const uint64_t began_ns = gpu_timer();
    const bool complete = began && synchronise_often<BARRIER>(run, WARM_ROUNDS, run.rounds);
    const uint64_t took_ns = gpu_timer() - began_ns;
    if (blockIdx.x == 0 && threadIdx.x == 0)
        *run.took_ns = complete ? took_ns + 1 : 0; /* + 1, because an empty loop may take 0 */
}

static void configure(const struct gpu_bench *bench, const struct barrier_shape *shape,
                      cudaLaunchConfig_t *config, cudaLaunchAttribute *attribute)
{
    *config = {};
    *attribute = {};
    config->gridDim = dim3(shape->ctas);
    config->blockDim = dim3(shape->threads);
    config->stream = bench->stream;
    config->attrs = attribute;
    config->numAttrs = shape->cluster > 0 || shape->cooperative ? 1 : 0;
    if (shape->cluster > 0) {
        attribute->id = cudaLaunchAttributeClusterDimension;
        attribute->val.clusterDim.x = shape->cluster;
        attribute->val.clusterDim.y = attribute->val.clusterDim.z = 1;
    } else {
        attribute->id = cudaLaunchAttributeCooperative;
        attribute->val.cooperative = 1;
    }
}

/* Whether all CTAs fit on the device at once. */
static bool fits(const struct gpu_bench *bench, const struct barrier_shape *shape)
{
    cudaLaunchConfig_t config;
    cudaLaunchAttribute attribute;
    int most = 0;
    configure(bench, shape, &config, &attribute);
    bool fit = true;
    if (shape->cluster > 0)
        fit = bench->capability >= 90 &&
              cudaFuncSetAttribute(shape->kernel, cudaFuncAttributeNonPortableClusterSizeAllowed,
                                   1) == cudaSuccess &&
              cudaOccupancyMaxActiveClusters(&most, shape->kernel, &config) == cudaSuccess &&
              most > 0;
    else if (shape->cooperative)
        fit = bench->cooperative &&
              cudaOccupancyMaxActiveBlocksPerMultiprocessor(
                  &most, shape->kernel, (int)shape->threads, 0) == cudaSuccess &&
              (uint32_t)most * bench->units >= shape->ctas;
    cudaGetLastError(); /* clears the error: here a failed call is an answer */
    return fit;
}

static bool run_once(struct gpu_bench *bench, const struct barrier_shape *shape, double *round_ns,
                     struct error *error)
{
    cudaLaunchConfig_t config;
    cudaLaunchAttribute attribute;
    struct barrier_run run = {bench->memory, &bench->words->took_ns, shape->rounds};
    void *arguments[] = {&run};
    configure(bench, shape, &config, &attribute);
    bench->words->took_ns = 0;
    if (!gpu_right(cudaMemsetAsync(&bench->memory->barrier, 0, sizeof bench->memory->barrier,
                                   bench->stream),
                   "cudaMemsetAsync", error) ||
        !gpu_right(cudaLaunchKernelExC(&config, shape->kernel, arguments), "cudaLaunchKernelExC",
                   error) ||
        !gpu_right(cudaStreamSynchronize(bench->stream), "cudaStreamSynchronize", error))
        return false;
    if (bench->words->took_ns == 0)
        return error_set(
            error, ERROR_RUN,
            "a barrier of %u CTAs did not complete within %u s: its duration is unknown",
            shape->ctas, (unsigned)(GPU_DEADLINE_NS / 1000000000));
    *round_ns = (double)bench->words->took_ns / shape->rounds;
    return true;
}

/* Measures the time of a round and subtracts `empty_ns`, the time of an empty round. If the device
 * cannot run the barrier, *round_ns does not change. */
static bool measure_barrier(struct gpu_bench *bench, const struct barrier_shape *shape,
                            double empty_ns, double *round_ns, struct error *error)
{
    if (!gpu_bench_goes_on(bench, error))
        return false;
    if (!fits(bench, shape))
        return true;
    for (uint32_t i = 0; i < REPEATS; i++)
        if (!run_once(bench, shape, &bench->samples[i], error))
            return false;
    const double took_ns = gpu_bench_median(bench, REPEATS);
    *round_ns = took_ns > empty_ns ? took_ns - empty_ns : 0;
    return true;
}

#define KERNEL(barrier_kind) ((const void *)repeat_barrier<barrier_kind>)

bool gpu_measure_barriers(struct gpu_bench *bench, struct error *error)
{
    struct ceilings *c = bench->ceilings;
    const uint32_t all = bench->units;
    double empty_ns = 0;
    const struct barrier_shape none = {KERNEL(BARRIER_NONE), 1, BLOCK_THREADS,
                                       SHORT_ROUNDS,         0, false};
    const struct {
        struct barrier_shape shape;
        double *round_ns;
    } barriers[] = {
        {{KERNEL(BARRIER_BLOCK), 1, BLOCK_THREADS, SHORT_ROUNDS, 0, false}, &c->block_barrier_ns},
        {{KERNEL(BARRIER_CLUSTER), 2, CTA_THREADS, LONG_ROUNDS, 2, false}, &c->cluster2_barrier_ns},
        {{KERNEL(BARRIER_CLUSTER), 4, CTA_THREADS, LONG_ROUNDS, 4, false}, &c->cluster4_barrier_ns},
        {{KERNEL(BARRIER_CLUSTER), 8, CTA_THREADS, LONG_ROUNDS, 8, false}, &c->cluster8_barrier_ns},
        {{KERNEL(BARRIER_CLUSTER), 16, CTA_THREADS, LONG_ROUNDS, 16, false},
         &c->cluster16_barrier_ns},
        {{KERNEL(BARRIER_FLAG), FEW_CTAS, CTA_THREADS, LONG_ROUNDS, 0, true}, &c->flag_barrier_ns},
        {{KERNEL(BARRIER_FLAG), all, CTA_THREADS, LONG_ROUNDS, 0, true}, &c->flag_barrier_all_ns},
        {{KERNEL(BARRIER_GRID), FEW_CTAS, CTA_THREADS, LONG_ROUNDS, 0, true}, &c->grid_barrier_ns},
        {{KERNEL(BARRIER_GRID), all, CTA_THREADS, LONG_ROUNDS, 0, true}, &c->grid_barrier_all_ns},
    };
    if (!measure_barrier(bench, &none, 0, &empty_ns, error))
        return false;
    for (size_t i = 0; i < sizeof barriers / sizeof *barriers; i++)
        if (!measure_barrier(bench, &barriers[i].shape, empty_ns, barriers[i].round_ns, error))
            return false;
    return true;
}
