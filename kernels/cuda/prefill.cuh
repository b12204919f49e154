/*
 * prefill.cuh - how the kernels of a prefill's chunk report when they started and ended, and how
 * many copies are in flight.
 */
#ifndef KERNELS_CUDA_PREFILL_CUH
#define KERNELS_CUDA_PREFILL_CUH

#include "gpu.cuh"
#include "prefill.h"

/* Signals the host that work goes on; only a change of the value matters. A kernel does not end
 * before this store has arrived, half a microsecond later. So short chunks, of which 4,096 take
 * less than a second, skip it. */
static __device__ __forceinline__ void prefill_beat(const struct prefill_run &run)
{
    *(volatile uint32_t *)run.beats = (uint32_t)(gpu_timer() >> 5);
}

/* For a thread in a loop that may take long; initialise *looked to 0. Every 0.2 ms it checks
 * whether to leave, and `leader`, one thread of the CTA, signals progress to the host. Reading a
 * clock is free; reading the words is a trip to memory. */
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

/* Called by one thread of each CTA before it starts. `counted`: it is a copy. */
static __device__ __forceinline__ void prefill_enter(const struct prefill_run &run,
                                                     struct prefill_record *record, bool counted)
{
    if (atomicAdd(&record->begun, 1) > 0)
        return;
    record->begin_ns = gpu_timer();
    if (counted)
        atomicMax(&run.control->most, atomicAdd(&run.control->under_way, 1) + 1);
}

/* Called by one thread of each CTA after all its writes. `last`: this is the chunk's last
 * kernel. */
static __device__ __forceinline__ void
prefill_leave(const struct prefill_run &run, struct prefill_record *record, bool counted, bool last)
{
    __threadfence();
    if (atomicAdd(&record->ended, 1) + 1 < gridDim.x)
        return;
    record->end_ns = gpu_timer();
    record->begun = record->ended = 0;
    if (counted)
        atomicSub(&run.control->under_way, 1);
    if (!last)
        return;
    __threadfence();
    if (atomicAdd(&run.control->finished, 1) + 1 < run.chunks)
        return;
    run.control->finished = 0;
    gpu_store_release_system(run.done, GPU_DONE);
}

#endif
