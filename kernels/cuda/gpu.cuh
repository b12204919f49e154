/*
 * gpu.cuh - device code that all kernels share: clocks, access to words that other threads write,
 * reports to the host, and barriers.
 */
#ifndef KERNELS_CUDA_GPU_CUH
#define KERNELS_CUDA_GPU_CUH

#include "link.h"

/* ---- clocks --------------------------------------------------------------------------------- */

/* Reads the GPU's timer in ns. The timer advances in steps (32 ns on an H100). */
__device__ __forceinline__ uint64_t gpu_timer()
{
    uint64_t now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now)::"memory");
    return now;
}

/* Reads the SM's clock, in cycles. */
__device__ __forceinline__ uint64_t gpu_clock()
{
    uint64_t now;
    asm volatile("mov.u64 %0, %%clock64;" : "=l"(now)::"memory");
    return now;
}

/* Reads the lower half of the SM's clock, for short intervals. */
__device__ __forceinline__ uint32_t gpu_clock_low()
{
    uint32_t now;
    asm volatile("mov.u32 %0, %%clock;" : "=r"(now));
    return now;
}

/* Reads the SM's clock when `value` is available. A clock read has no operands, so it would not
 * wait for `value`. Therefore an `exit` precedes it, whose predicate depends on `value`, and the
 * clock read cannot be moved before an `exit`. The predicate tests for a NaN that no arithmetic
 * produces, so no thread exits. */
__device__ __forceinline__ uint64_t gpu_clock_after(float value)
{
    uint64_t now;
    asm volatile("{\n\t"
                 ".reg .pred missing;\n\t"
                 "setp.eq.b32 missing, %1, 0x7fc0dead;\n\t"
                 "@missing exit;\n\t"
                 "mov.u64 %0, %%clock64;\n\t"
                 "}"
                 : "=l"(now)
                 : "r"(__float_as_uint(value))
                 : "memory");
    return now;
}

/* Reads both clocks at an edge of the timer, because only an edge gives the exact time. */
__device__ __forceinline__ void gpu_timer_and_clock(uint64_t *timer_ns, uint64_t *clock)
{
    const uint64_t before = gpu_timer();
    uint64_t now;
    do
        now = gpu_timer();
    while (now == before);
    *clock = gpu_clock();
    *timer_ns = now;
}

/* ---- loops over the elements of a tensor, by all threads of a grid -------------------------- */

__device__ __forceinline__ uint64_t gpu_first_index()
{
    return blockIdx.x * (uint64_t)blockDim.x + threadIdx.x;
}

__device__ __forceinline__ uint64_t gpu_index_stride()
{
    return (uint64_t)gridDim.x * blockDim.x;
}

/* ---- words shared with others --------------------------------------------------------------- */

__device__ __forceinline__ uint32_t gpu_load(const uint32_t *word)
{
    uint32_t value;
    asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
    return value;
}

__device__ __forceinline__ uint32_t gpu_load_acquire(const uint32_t *word)
{
    uint32_t value;
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
    return value;
}

__device__ __forceinline__ void gpu_store_release(uint32_t *word, uint32_t value)
{
    asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}

__device__ __forceinline__ void gpu_add(uint32_t *word, uint32_t value)
{
    asm volatile("red.relaxed.gpu.global.add.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}

__device__ __forceinline__ void gpu_add_release(uint32_t *word, uint32_t value)
{
    asm volatile("red.release.gpu.global.add.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}

/* A load-acquire and a store-release for words that the host also accesses. */
__device__ __forceinline__ uint32_t gpu_load_acquire_system(const uint32_t *word)
{
    uint32_t value;
    asm volatile("ld.acquire.sys.global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
    return value;
}

__device__ __forceinline__ void gpu_store_release_system(uint32_t *word, uint32_t value)
{
    asm volatile("st.release.sys.global.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}

/* ---- a program's reports to the host, by one of its threads --------------------------------- */

__device__ __forceinline__ void gpu_stamp_row(const struct gpu_link &link, uint32_t program,
                                              uint32_t row, uint64_t begin, uint64_t end)
{
    struct gpu_stamp *stamp =
        link.stamps + (uint64_t)program * (link.row_mask + 1) + (row & link.row_mask);
    *(ulonglong2 *)stamp = make_ulonglong2(begin, end);
}

__device__ __forceinline__ void gpu_phase_row(const struct gpu_link &link, uint32_t program,
                                              uint32_t row, uint32_t data, uint32_t barrier)
{
    struct gpu_phase *phase =
        link.phases + (uint64_t)program * (link.row_mask + 1) + (row & link.row_mask);
    *(uint2 *)phase = make_uint2(data, barrier);
}

/* Reports the first pair of timer and clock in one store, so that the host never reads half a pair.
 * Returns the clock. */
__device__ __forceinline__ uint64_t gpu_report_first(const struct gpu_link &link, uint32_t program)
{
    struct gpu_report *report = link.reports + program;
    uint64_t timer_ns, clock;
    gpu_timer_and_clock(&timer_ns, &clock);
    *(ulonglong2 *)&report->first_timer_ns = make_ulonglong2(timer_ns, clock);
    return clock;
}

/* Reports a pair of timer and clock, and the number of complete rows. Returns the clock. */
__device__ __forceinline__ uint64_t gpu_report_rows(const struct gpu_link &link, uint32_t program,
                                                    uint32_t rows)
{
    struct gpu_report *report = link.reports + program;
    uint64_t timer_ns, clock;
    gpu_timer_and_clock(&timer_ns, &clock);
    *(ulonglong2 *)&report->last_timer_ns = make_ulonglong2(timer_ns, clock);
    report->tagged_rows = (uint64_t)GPU_TAG << 32 | rows;
    return clock;
}

/*
 * Reports the end of a program, as its last action. One thread calls this, after a barrier that
 * follows the results of the program's other threads. The results only need to reach the GPU's
 * memory, because the host copies the output with the GPU's copy engine. The last pair of timer and
 * clock is not ordered before `done`, because a system-wide fence would take as long as ten steps.
 * So the host waits for the pair, outside the measurement.
 */
__device__ __forceinline__ void gpu_report_end(const struct gpu_link &link, uint32_t program,
                                               uint32_t rows, bool stamped, bool left)
{
    if (left) {
        if (stamped)
            gpu_report_rows(link, program, rows);
        gpu_store_release_system(link.done + program, GPU_LEFT);
        return;
    }
    if (stamped) {
        uint64_t timer_ns, clock;
        gpu_timer_and_clock(&timer_ns, &clock);
        *(ulonglong2 *)&link.reports[program].end_timer_ns = make_ulonglong2(timer_ns, clock);
    }
    asm volatile("fence.acq_rel.gpu;\n\t"
                 "st.relaxed.sys.global.u32 [%0], %1;" ::"l"(link.done + program),
                 "r"(GPU_DONE)
                 : "memory");
}

/* ---- barriers ------------------------------------------------------------------------------- */

/*
 * A barrier of all CTAs, which uses one counter that only grows. One thread per CTA calls this. A
 * CTA adds 1 on arrival, and continues when the counter has reached `target`, the number of
 * arrivals in all rounds up to and including this one. ORDERED: writes before the barrier are
 * visible after it. Otherwise the barrier does not wait until writes have reached memory. Returns
 * false if `abort` was raised, or if other CTAs did not arrive within two seconds.
 */
template <bool ORDERED>
__device__ __forceinline__ bool gpu_flag_barrier(uint32_t *counter, uint32_t target,
                                                 const uint32_t *abort)
{
    const auto come = [&] {
        const uint32_t count = ORDERED ? gpu_load_acquire(counter) : gpu_load(counter);
        return (int32_t)(count - target) >= 0;
    };
    if (ORDERED)
        gpu_add_release(counter, 1);
    else
        gpu_add(counter, 1);
    for (uint32_t look = 1; !come(); look++) {
        if (look % 64 == 0 && gpu_load(abort) != 0)
            return false;
        if (look < 4096)
            continue;
        /* About a millisecond has passed. Compared with that, reading the timer is cheap. */
        const uint64_t began_ns = gpu_timer();
        while (!come())
            if (gpu_load(abort) != 0 || gpu_timer() - began_ns > GPU_DEADLINE_NS)
                return false;
        return true;
    }
    return true;
}

/* 1: this code may use asynchronous bulk copies and the tensor memory accelerator. Kernels that
 * need them are empty in code for older GPUs, which the host rejects. */
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
#define HAS_TMA 1
#else
#define HAS_TMA 0
#endif

/* Marks code in PTX for compute capability 8.0 that is different in PTX for 9.0. tests/ptx.sh
 * searches for the mark: a file that contains it also needs PTX for 9.0, so it must not be in
 * PTX_80 in the Makefile. */
__device__ __forceinline__ void gpu_mark_older()
{
    asm volatile("// 9.0 has other instructions here");
}

/* ---- programmatic dependent launch ---------------------------------------------------------- */

/* Allows the next launch to start. The next launch must call gpu_wait_for_previous before it reads
 * the output of this launch. */
__device__ __forceinline__ void gpu_let_next_start()
{
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

/* Waits until the previous launch has ended and its writes are visible. */
__device__ __forceinline__ void gpu_wait_for_previous()
{
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/* ---- clusters ------------------------------------------------------------------------------- */

#if __CUDA_ARCH__ >= 900
#define GPU_CLUSTERS 1
#else
#define GPU_CLUSTERS 0 /* the host refuses STEP_SYNC cluster on such a GPU */
#endif

/* A barrier for all threads of a cluster. It orders no writes, so it does not wait until writes
 * have reached memory. Use it if no CTA reads another CTA's writes. */
__device__ __forceinline__ void gpu_cluster_barrier_relaxed()
{
#if GPU_CLUSTERS
    asm volatile("barrier.cluster.arrive.relaxed.aligned;\n\t"
                 "barrier.cluster.wait.aligned;" ::
                     : "memory");
#else
    gpu_mark_older();
#endif
}

/* The same barrier with ordering: writes before it are visible after it. */
__device__ __forceinline__ void gpu_cluster_barrier()
{
#if GPU_CLUSTERS
    asm volatile("barrier.cluster.arrive.release.aligned;\n\t"
                 "barrier.cluster.wait.acquire.aligned;" ::
                     : "memory");
#else
    gpu_mark_older();
#endif
}

/* Stores a value in the shared memory of CTA `rank` of the cluster, at the place that `word` has in
 * this CTA. */
__device__ __forceinline__ void gpu_cluster_store(uint32_t *word, uint32_t rank, uint32_t value)
{
#if GPU_CLUSTERS
    asm volatile("{\n\t"
                 ".reg .u32 there;\n\t"
                 "mapa.shared::cluster.u32 there, %0, %1;\n\t"
                 "st.shared::cluster.u32 [there], %2;\n\t"
                 "}" ::"r"((uint32_t)__cvta_generic_to_shared(word)),
                 "r"(rank), "r"(value)
                 : "memory");
#else
    gpu_mark_older();
#endif
}

/* ---- asynchronous copies -------------------------------------------------------------------- */

/* Copies 16 bytes from global memory to a shared memory address, bypassing L1. Writes zeros if
 * `valid` is false. */
__device__ __forceinline__ void gpu_copy16_to(uint32_t to, const void *from, bool valid)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from),
                 "r"(valid ? 16 : 0)
                 : "memory");
}

__device__ __forceinline__ void gpu_copy16(void *to, const void *from, bool valid)
{
    gpu_copy16_to((uint32_t)__cvta_generic_to_shared(to), from, valid);
}

/* Commits this thread's copies since the last commit as one group. */
__device__ __forceinline__ void gpu_copy_commit()
{
    asm volatile("cp.async.commit_group;" ::: "memory");
}

/* Waits until at most PENDING of this thread's groups are in flight. */
template <int PENDING> __device__ __forceinline__ void gpu_copy_wait()
{
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

#endif
