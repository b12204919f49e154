/*
 * prefill.cuh - how the kernels of a prefill's chunk say when they began and ended, and how many
 * copies are under way.
 */
#ifndef KERNELS_CUDA_PREFILL_CUH
#define KERNELS_CUDA_PREFILL_CUH

#include "gpu.cuh"
#include "prefill.h"

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
