/*
 * model_program.cuh - an iteration of a persistent program of `model`: all tokens, phase by phase,
 * as the schedule says (plan/model_run.h).
 *
 * After a phase a program arrives at the phase's counters, and before one it waits until the
 * counters that it needs have all their arrivals. Counters only grow during an iteration. Thread 0,
 * the leader, waits and reports for its program.
 */
#ifndef KERNELS_CUDA_MODEL_PROGRAM_CUH
#define KERNELS_CUDA_MODEL_PROGRAM_CUH

#include "model_phase.cuh"

/* Cycles that the leader waited; compiles to nothing without PHASED. */
template <bool PHASED> struct model_waits {
    uint32_t data = 0, barrier = 0;

    static __device__ __forceinline__ uint32_t now()
    {
        return PHASED ? gpu_clock_low() : 0;
    }
};

/* Waits until a counter has `target` arrivals. False: gave up, see gpu_flag_barrier. */
static __device__ __forceinline__ bool model_await(const uint32_t *counter, uint32_t target,
                                                   const uint32_t *abort)
{
    for (uint32_t look = 1; (int32_t)(gpu_load_acquire(counter) - target) < 0; look++) {
        if (look % 64 != 0)
            continue;
        if (gpu_load(abort) != 0)
            return false;
        if (look % 4096 != 0)
            continue;
        const uint64_t began_ns = gpu_timer();
        while ((int32_t)(gpu_load_acquire(counter) - target) < 0)
            if (gpu_load(abort) != 0 || gpu_timer() - began_ns > GPU_DEADLINE_NS)
                return false;
        break;
    }
    return true;
}

/* Waits for what a task needs at step t, by the leader. */
static __device__ __forceinline__ bool model_await_task(const struct model_run &run,
                                                        const struct model_task &task, uint32_t t)
{
    const uint32_t steps = t + 1 - task.previous;
    if (steps == 0)
        return gpu_load(run.link.abort) == 0;
    for (uint32_t i = 0; i < task.waits; i++) {
        const uint32_t arrivals = __ldg(run.arrivals + task.wait + i);
        if (!model_await(run.model.counters + (task.wait + i) * MODEL_COUNTER_LINE,
                         arrivals * steps, run.link.abort))
            return false;
    }
    return true;
}

static __device__ __forceinline__ void model_signal_task(const struct model_run &run,
                                                         const struct model_task &task)
{
    for (uint32_t left = task.signals; left != 0; left &= left - 1) {
        const uint32_t counter = task.signal + __ffs(left) - 1;
        gpu_add_release(run.model.counters + counter * MODEL_COUNTER_LINE, 1);
    }
}

/*
 * Runs all steps, by the 16 warps that compute. FEED delivers weights:
 *     source            the type that model_matrix reads from
 *     begin(task)       returns the source of a matrix phase, as early as possible
 *     leave()           the program gives up: nothing more will be taken
 */
template <int DIM, bool PHASED, class FEED>
static __device__ __forceinline__ void
model_iterate(const struct model_run &run, const struct model_shared &shared, float *own_rows,
              FEED &feed, struct model_waits<PHASED> &waits)
{
    const struct gpu_model &m = run.model;
    const struct model_task *tasks = run.tasks + (uint64_t)blockIdx.x * run.phases;
    const bool leader = threadIdx.x == 0, stamped = run.link.stamped != 0;
    uint64_t begin = 0, reported = 0;
    bool left = false;
    uint32_t t = 0;
    if (leader)
        begin = reported = gpu_report_first(run.link, blockIdx.x);
    for (; t < m.seq_len && !left; t++) {
        struct model_task task = tasks[0];
        const bool traced = PHASED && run.operations && t + 1 == m.seq_len;
        uint32_t total_data = 0, total_barrier = 0;
        for (uint32_t i = 0; i < run.phases; i++) {
            const struct model_task next = tasks[i + 1 < run.phases ? i + 1 : i];
            if (task.count == 0 && task.waits == 0) { /* the same for all threads */
                task = next;
                continue;
            }
            if (leader) {
                const uint32_t before = waits.now();
                *shared.word = model_await_task(run, task, t);
                waits.barrier = waits.now() - before;
                waits.data = 0;
            }
            model_sync();
            if (*shared.word == 0) {
                left = true;
                break;
            }
            const uint64_t operation_begin = traced && leader ? gpu_clock() : 0;
            if (task.phase == PHASE_ATTENTION) {
                for (uint32_t item = 0; item < task.count; item++)
                    model_attend<DIM, false>(m, shared, task.layer, t, task.first + item);
            } else if (task.count > 0) {
                feed.begin(m, task);
                model_run_matrix(m, shared, feed.source, own_rows, task.phase, task.layer, t,
                                 task.first, task.count);
            }
            model_sync();
            if (leader) {
                if (traced) {
                    struct gpu_operation *operation =
                        run.operations + (uint64_t)blockIdx.x * run.phases + i;
                    *operation = {operation_begin, gpu_clock(), waits.data, waits.barrier};
                }
                if (PHASED) {
                    total_data += waits.data;
                    total_barrier += waits.barrier;
                }
                model_signal_task(run, task);
            }
            task = next;
        }
        if (leader && !left) {
            const uint64_t end = gpu_clock();
            if (stamped)
                gpu_stamp_row(run.link, blockIdx.x, t, begin, end);
            if (PHASED)
                gpu_phase_row(run.link, blockIdx.x, t, total_data, total_barrier);
            begin = end;
            if (end - reported > GPU_REPORT_CLOCKS && t + 1 < m.seq_len)
                reported = gpu_report_rows(run.link, blockIdx.x, t + 1);
        }
    }
    if (left)
        feed.leave();
    if (leader)
        gpu_report_end(run.link, blockIdx.x, left ? t - 1 : t, stamped, left);
}

#endif
