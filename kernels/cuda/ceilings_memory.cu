/*
 * ceilings_memory.cu - measures the bandwidth of the GPU's memory and of its L2 (gpu_bench.h).
 *
 * An event before and an event after each pass give its time. A pass takes about a millisecond, a
 * thousand times as long as an event. The host submits all passes at once, so the GPU never waits
 * for the host between them.
 */
#include "../inputs.h"
#include "gpu_bench.h"

#define READ_BYTES   (UINT64_C(4) << 30) /* per pass, but at most a quarter of free memory */
#define CACHES_LEAST 4u    /* a pass over less memory, in sizes of L2, would measure L2 too */
#define CACHED_PART  5 / 8 /* part of L2 that certainly stays cached */
#define PASSES       9u

#define THREADS 256u
#define ON_SM   4u /* CTAs */
#define LOADS   8u /* loads in flight per thread, which are 128 KiB per SM */
#define ROUND   (THREADS * 16u)
#define CHUNK   (ROUND * LOADS)

/* A pass: the memory to read or copy, and how often. */
struct pass {
    char *memory;
    uint64_t bytes; /* moved in a pass */
    uint64_t chunks;
    uint32_t chunk; /* vectors of 16 bytes per chunk, a multiple of THREADS */
    uint32_t times; /* how often a launch reads the same chunks */
};

typedef cudaError_t submit_pass(struct gpu_bench *bench, const struct pass *pass);

/* Fills memory with random bits. Zeros would draw less power, so the clocks would be higher. */
static __global__ void fill(uint4 *memory, uint64_t vectors)
{
    for (uint64_t i = blockIdx.x * (uint64_t)THREADS + threadIdx.x; i < vectors;
         i += (uint64_t)gridDim.x * THREADS) {
        uint32_t words[4] = {(uint32_t)i, (uint32_t)(i >> 32), 0, 0};
        philox4x32_10(words, 42, 0);
        memory[i] = make_uint4(words[0], words[1], words[2], words[3]);
    }
}

/* Reads all chunks `times` times. A CTA reads the same chunks each time. The loads bypass L1,
 * because the chunks that one SM reads from L2 would fit in its L1. */
static __global__ void __launch_bounds__(THREADS, ON_SM)
    read(const uint4 *memory, uint32_t chunk, uint64_t chunks, uint32_t times, uint32_t *sink)
{
    uint32_t sum = 0;
    for (uint32_t time = 0; time < times; time++) {
        asm volatile("" ::: "memory"); /* makes the compiler load the same bytes again */
        for (uint64_t i = blockIdx.x; i < chunks; i += gridDim.x) {
            const uint4 *from = memory + i * chunk + threadIdx.x;
            for (uint32_t left = chunk; left > 0; from += LOADS * THREADS) {
                const uint32_t loads = left / THREADS < LOADS ? left / THREADS : LOADS;
                uint4 vectors[LOADS];
#pragma unroll
                for (uint32_t load = 0; load < LOADS; load++)
                    vectors[load] =
                        load < loads ? __ldcg(from + load * THREADS) : make_uint4(0, 0, 0, 0);
#pragma unroll
                for (uint32_t load = 0; load < LOADS; load++)
                    sum ^= vectors[load].x ^ vectors[load].y ^ vectors[load].z ^ vectors[load].w;
                left -= loads * THREADS;
            }
        }
    }
    if (sum == 0x7FC0DEAD) /* practically never true; keeps the compiler from removing the loads */
        *sink = sum;
}

static cudaError_t submit_read(struct gpu_bench *bench, const struct pass *pass)
{
    read<<<bench->units * ON_SM, THREADS, 0, bench->stream>>>(
        (const uint4 *)pass->memory, pass->chunk, pass->chunks, pass->times, &bench->memory->sink);
    return cudaGetLastError();
}

/* Uses the driver's copy, which is tuned for each GPU. */
static cudaError_t submit_copy(struct gpu_bench *bench, const struct pass *pass)
{
    return cudaMemcpyAsync(pass->memory + pass->bytes / 2, pass->memory, pass->bytes / 2,
                           cudaMemcpyDeviceToDevice, bench->stream);
}

/* Submits all passes. The first pass has cold caches, so it does not count. */
static bool submit_all(struct gpu_bench *bench, submit_pass *submit, const struct pass *pass,
                       cudaEvent_t events[PASSES + 1], struct error *error)
{
    for (uint32_t i = 0; i <= PASSES; i++)
        if (!gpu_right(submit(bench, pass), "the launch", error) ||
            !gpu_right(cudaEventRecord(events[i], bench->stream), "cudaEventRecord", error))
            return false;
    if (!gpu_right(cudaStreamSynchronize(bench->stream), "cudaStreamSynchronize", error))
        return false;
    for (uint32_t i = 0; i < PASSES; i++) {
        float took_ms = 0;
        if (!gpu_right(cudaEventElapsedTime(&took_ms, events[i], events[i + 1]),
                       "cudaEventElapsedTime", error))
            return false;
        bench->samples[i] = took_ms > 0 ? (double)pass->bytes / (took_ms * 1e6) : 0;
    }
    return true;
}

static bool measure_rate(struct gpu_bench *bench, submit_pass *submit, const struct pass *pass,
                         double *gb_per_s, struct error *error)
{
    cudaEvent_t events[PASSES + 1] = {};
    bool right = gpu_bench_goes_on(bench, error);
    for (uint32_t i = 0; i <= PASSES && right; i++)
        right = gpu_right(cudaEventCreate(&events[i]), "cudaEventCreate", error);
    right = right && submit_all(bench, submit, pass, events, error);
    if (right)
        *gb_per_s = gpu_bench_median(bench, PASSES);
    for (uint32_t i = 0; i <= PASSES; i++)
        if (events[i])
            cudaEventDestroy(events[i]);
    return right;
}

/* Each CTA gets one chunk, so that all CTAs read the same number of bytes. */
static struct pass plan_cached(const struct gpu_bench *bench, char *memory)
{
    struct pass pass = {};
    const uint32_t ctas = bench->units * ON_SM;
    const uint64_t own = bench->cache_bytes * CACHED_PART / ctas / ROUND * ROUND;
    pass.memory = memory;
    pass.chunk = (uint32_t)(own / 16);
    pass.chunks = ctas;
    pass.times = own > 0 ? (uint32_t)(READ_BYTES / (own * ctas)) : 0;
    pass.bytes = own * ctas * pass.times;
    return pass;
}

static bool measure(struct gpu_bench *bench, char *memory, uint64_t bytes, struct error *error)
{
    struct ceilings *ceilings = bench->ceilings;
    struct pass all = {}, cached = plan_cached(bench, memory);
    all.memory = memory;
    all.bytes = bytes;
    all.chunk = CHUNK / 16;
    all.chunks = bytes / CHUNK;
    all.times = 1;
    fill<<<bench->units * ON_SM, THREADS, 0, bench->stream>>>((uint4 *)memory, bytes / 16);
    return gpu_right(cudaGetLastError(), "cudaLaunchKernel", error) &&
           measure_rate(bench, submit_read, &all, &ceilings->read_gb_per_s, error) &&
           measure_rate(bench, submit_copy, &all, &ceilings->copy_gb_per_s, error) &&
           (cached.bytes == 0 ||
            measure_rate(bench, submit_read, &cached, &ceilings->cached_read_gb_per_s, error));
}

bool gpu_measure_memory(struct gpu_bench *bench, struct error *error)
{
    size_t free_bytes = 0, all_bytes = 0;
    void *memory = NULL;
    if (!gpu_right(cudaMemGetInfo(&free_bytes, &all_bytes), "cudaMemGetInfo", error))
        return false;
    uint64_t bytes = free_bytes / 4 < READ_BYTES ? free_bytes / 4 : READ_BYTES;
    bytes = bytes / (2 * CHUNK) * (2 * CHUNK);
    if (bytes < CACHES_LEAST * bench->cache_bytes || bytes == 0)
        return true; /* too little memory is free: the bandwidths stay unknown */
    if (!gpu_right(cudaMalloc(&memory, bytes), "cudaMalloc", error))
        return false;
    const bool measured = measure(bench, (char *)memory, bytes, error);
    cudaStreamSynchronize(bench->stream); /* passes may still run after a failure */
    cudaFree(memory);
    return measured;
}
