/*
 * gpu_bench.h - what the files that measure the GPU's ceilings share: ceilings.cu (all of it, and
 * what starts work), ceilings_memory.cu, ceilings_barrier.cu, ceilings_step.cu.
 *
 * Each gpu_measure_* fills its members of bench->ceilings; what the device can't do stays 0. False:
 * *error says why, and nothing runs or is held that it began.
 */
#ifndef KERNELS_CUDA_GPU_BENCH_H
#define KERNELS_CUDA_GPU_BENCH_H

#include "gpu.h"
#include "link.h"

#define GPU_BENCH_SAMPLES 1024u /* of one measurement, at most */
#define GPU_BENCH_STAMPS  4096u /* a power of two */

/* In mapped memory; words that both sides spin on have a line each. */
struct gpu_bench_words {
    uint32_t seen, seen_line[31];
    uint32_t rung, rung_line[31];
    uint32_t answered, answered_line[31];
    uint64_t took_ns; /* what a kernel measured; 0: it gave up */
    float result;     /* of its arithmetic, so that it is done */
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

/* False, with *error, where `stop` is raised. Asked before each measurement. */
bool gpu_bench_goes_on(const struct gpu_bench *bench, struct error *error);

/* Of the first `count` samples, which it sorts. */
double gpu_bench_median(struct gpu_bench *bench, uint32_t count);

bool gpu_measure_memory(struct gpu_bench *bench, struct error *error);
bool gpu_measure_barriers(struct gpu_bench *bench, struct error *error);
bool gpu_measure_step(struct gpu_bench *bench, struct error *error);

#endif
