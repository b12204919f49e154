/*
 * prefill.cuh - how the kernels of a prefill's chunk say when they began and ended, and how many
 * copies are under way.
 */
#ifndef KERNELS_CUDA_PREFILL_CUH
#define KERNELS_CUDA_PREFILL_CUH

#include "gpu.cuh"
#include "prefill.h"

/* Tells the host that work goes on. The value says nothing, but that it is another. A kernel does
 * not end before the word has arrived, half a microsecond later: short chunks, of which 4,096 take
 * less than a second, do without. */
static __device__ __forceinline__ void prefill_beat(const struct prefill_run &run)
{
    *(volatile uint32_t *)run.beats = (uint32_t)(gpu_timer() >> 5);
}

/* For a thread in a loop that may take long; *looked is 0 before it. Every 0.2 ms it looks whether
 * to leave, and `leader`, one thread of the CTA, tells the host that work goes on. A clock is read
 * in no time; the words are a way to memory off. */
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

/* By one thread of each CTA, before it does anything. `counted`: it is a copy. */
static __device__ __forceinline__ void prefill_enter(const struct prefill_run &run,
                                                     struct prefill_record *record, bool counted)
{
    if (atomicAdd(&record->begun, 1) > 0)
        return;
    record->begin_ns = gpu_timer();
    if (counted)
        atomicMax(&run.control->most, atomicAdd(&run.control->under_way, 1) + 1);
}

/* By one thread of each CTA, when all that the CTA has written has been written. `last`: it is the
 * chunk's last kernel. */
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
