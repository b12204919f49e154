/*
 * prefill.cuh - device functions with which a prefill's kernels record when they start and end, and
 * how many copies are in flight.
 */
#ifndef KERNELS_CUDA_PREFILL_CUH
#define KERNELS_CUDA_PREFILL_CUH

#include "gpu.cuh"
#include "prefill.h"

/* Signals progress to the host, which only checks whether the value changes. The store makes a
 * kernel end half a microsecond later, because it must arrive first. So the kernels of short chunks
 * do not signal: 4,096 of them take less than a second. */
static __device__ __forceinline__ void prefill_beat(const struct prefill_run &run)
{
    *(volatile uint32_t *)run.beats = (uint32_t)(gpu_timer() >> 5);
}

/* Call this in each pass of a loop that may take long, with *looked initially 0. About every 0.2 ms
 * (GPU_REPORT_CLOCKS), it reads the abort word, and the CTA's `leader` thread signals progress to
 * the host. Not more often, because reading the word is a round trip to memory; reading the clock
 * is cheap. Returns true if the host has aborted. */
static __device__ __forceinline__ bool prefill_look(const struct prefill_run &run, bool leader,
                                                    uint64_t *looked)
{
    const uint64_t now = gpu_clock();
    if (*looked != 0 && now - *looked < GPU_REPORT_CLOCKS)
        return false;
    const bool first = *looked == 0;
    *looked = now;
    if (first)
        return false;
    if (leader)
        prefill_beat(run);
    return gpu_load(run.abort) != 0;
}

/* One thread of each CTA calls this before the CTA's work. counted: the kernel is a copy, so it
 * counts as in flight. */
static __device__ __forceinline__ void prefill_enter(const struct prefill_run &run,
                                                     struct prefill_record *record, bool counted)
{
    if (atomicAdd(&record->begun, 1) > 0)
        return;
    record->begin_ns = gpu_timer();
    if (counted)
        atomicMax(&run.control->most, atomicAdd(&run.control->in_flight, 1) + 1);
}

/* One thread of each CTA calls this after all writes of the CTA. counted: as in prefill_enter.
 * last: this is the chunk's last kernel. */
static __device__ __forceinline__ void
prefill_leave(const struct prefill_run &run, struct prefill_record *record, bool counted, bool last)
{
    __threadfence();
    if (atomicAdd(&record->ended, 1) + 1 < gridDim.x)
        return;
    record->end_ns = gpu_timer();
    record->begun = record->ended = 0;
    if (counted)
        atomicSub(&run.control->in_flight, 1);
    if (!last)
        return;
    __threadfence();
    if (atomicAdd(&run.control->finished, 1) + 1 < run.chunks)
        return;
    run.control->finished = 0;
    gpu_store_release_system(run.done, GPU_DONE);
}

#endif
