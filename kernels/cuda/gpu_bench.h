/*
 * gpu_bench.h - shared by the files that measure the GPU's ceilings: ceilings.cu (the entry point,
 * launches and graphs), ceilings_memory.cu, ceilings_barrier.cu, ceilings_step.cu.
 *
 * Each gpu_measure_* sets its members of bench->ceilings; members for what the device cannot do
 * stay 0. False: *error says why, no kernel of it runs any more, and it holds no memory.
 */
#pragma once

#include "gpu.h"
#include "link.h"

#define GPU_BENCH_SAMPLES 1024u /* most samples per measurement */
#define GPU_BENCH_STAMPS  4096u /* a power of two */

/* In mapped memory. Each word that one side polls has a cache line of its own. */
struct gpu_bench_words {
    uint32_t seen, seen_line[31];
    uint32_t ring, ring_line[31];
    uint32_t answered, answered_line[31];
    uint64_t took_ns; /* a kernel's measurement; 0: it gave up */
    float result;     /* of a kernel's arithmetic, so that the compiler keeps the arithmetic */
    uint64_t steps_ns[GPU_BENCH_SAMPLES];
};

/* In device memory. */
struct gpu_bench_memory {
    uint32_t barrier, barrier_line[31];
    uint32_t abort, abort_line[31];
    uint32_t sink, sink_line[31];
    struct gpu_stamp stamps[GPU_BENCH_STAMPS];
};

struct gpu_bench {
    const uint32_t *stop;
    struct ceilings *ceilings;
    uint32_t units, capability; /* as in struct device_info */
    uint64_t cache_bytes;
    bool cooperative;
    cudaStream_t stream;
    struct gpu_bench_words *words;
    struct gpu_bench_memory *memory;
    double samples[GPU_BENCH_SAMPLES];
};

/* Call it before each measurement. False, with *error, if `stop` is raised. */
bool gpu_bench_goes_on(const struct gpu_bench *bench, struct error *error);

/* The median of the first `count` samples; sorts them. */
double gpu_bench_median(struct gpu_bench *bench, uint32_t count);

bool gpu_measure_memory(struct gpu_bench *bench, struct error *error);
bool gpu_measure_barriers(struct gpu_bench *bench, struct error *error);
bool gpu_measure_step(struct gpu_bench *bench, struct error *error);
