/*
 * gpu_bench.h - declarations for the files that measure the GPU's ceilings: ceilings.cu (the entry
 * point, launches and graphs), ceilings_memory.cu, ceilings_barrier.cu, ceilings_step.cu.
 *
 * Each gpu_measure_* function sets some members of bench->ceilings. Members that the device does
 * not support stay 0. A function that fails returns false, and *error says why. Its kernels have
 * then ended, and its memory is freed.
 */
#pragma once

#include "gpu.h"
#include "link.h"

#define GPU_BENCH_SAMPLES 1024u /* most samples per measurement */
#define GPU_BENCH_STAMPS  4096u /* a power of two */

/* In mapped memory. Each word that the host or a kernel polls has its own cache line. */
struct gpu_bench_words {
    uint32_t seen, seen_line[31];
    uint32_t ring, ring_line[31];
    uint32_t answered, answered_line[31];
    uint64_t took_ns; /* time that a kernel measured; 0: the kernel gave up */
    float result;     /* result of a kernel's arithmetic; without it, the compiler would remove the
                         arithmetic */
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

/* Call this before each measurement. If `stop` is raised, sets *error and returns false. */
bool gpu_bench_goes_on(const struct gpu_bench *bench, struct error *error);

/* Sorts the first `count` samples and returns their median. */
double gpu_bench_median(struct gpu_bench *bench, uint32_t count);

bool gpu_measure_memory(struct gpu_bench *bench, struct error *error);
bool gpu_measure_barriers(struct gpu_bench *bench, struct error *error);
bool gpu_measure_step(struct gpu_bench *bench, struct error *error);
