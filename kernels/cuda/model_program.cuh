/*
 * model_program.cuh - a persistent program of `model`: runs an iteration, which is all tokens,
 * phase by phase.
 *
 * Thread 0, the leader, synchronises, stamps and reports for its program. If the host aborts, or if
 * another program does not arrive in time, a program sets *shared.word to 0 and returns.
 */
#ifndef KERNELS_CUDA_MODEL_PROGRAM_CUH
#define KERNELS_CUDA_MODEL_PROGRAM_CUH

#include "model_phase.cuh"

/* Cycles that the leader waited, for weights (data) and for other programs (barrier). Without
 * PHASED this compiles to nothing. */
template <bool PHASED> struct model_waits {
    uint32_t data = 0, barrier = 0;

    static __device__ __forceinline__ uint32_t now()
    {
        return PHASED ? gpu_clock_low() : 0;
    }
};

/* Synchronises all programs at the end of a phase or a step. Only the leader calls this. */
static __device__ __forceinline__ void
model_barrier(const struct model_run &run, const struct model_shared &shared, uint32_t *arrivals)
{
    *arrivals += gridDim.x;
    if (!gpu_flag_barrier<true>(run.model.step, *arrivals, run.link.abort))
        *shared.word = 0;
}

/* A program's state between phases. */
template <bool PHASED> struct model_progress {
    struct model_waits<PHASED> waits; /* in this phase */
    uint32_t arrivals;                /* arrivals of all programs at the counter so far */
    uint32_t data, barrier;           /* cycles waited in this step */
    uint32_t counted; /* cycles of waits.barrier that the previous step already includes */
};

/* Records a phase. Only the leader calls this. */
template <bool PHASED>
static __device__ __forceinline__ void model_record(const struct model_run &run,
                                                    struct model_progress<PHASED> &progress,
                                                    uint32_t phase, uint32_t t, uint64_t begin)
{
    if (!PHASED)
        return;
    const uint32_t phases = run.model.layers * MODEL_LAYER_PHASES + 1;
    if (run.operations && t + 1 == run.model.seq_len)
        run.operations[blockIdx.x * phases + phase] = {begin, gpu_clock(), progress.waits.data,
                                                       progress.waits.barrier};
    progress.data += progress.waits.data;
    progress.barrier += progress.waits.barrier - progress.counted;
    progress.counted = 0;
    progress.waits = {};
}

/*
 * Runs all steps. Only the compute warps call this. WEIGHTS delivers the weights:
 *     source                          the source for model_matrix
 *     begin(m, phase, layer, share)   starts a matrix phase
 *     waited()                        cycles that the leader waited for weights since the last call
 *     leave()                         the program gives up and takes no more weights
 * MOST: the largest batch of this kernel (model_batch_range). EVERYBODY: a barrier of all programs
 * ends each phase. Otherwise programs poll the words that they read, and only a step ends with a
 * barrier.
 */
template <int DIM, uint32_t MOST, bool PHASED, bool EVERYBODY, class WEIGHTS>
static __device__ __forceinline__ void model_iterate(const struct model_run &run,
                                                     const struct model_shared &shared,
                                                     float *own_rows, WEIGHTS &weights)
{
    const struct gpu_model &m = run.model;
    const uint32_t batch = MOST == 1 ? 1 : m.batch;
    /* As many K and V rows in flight as the registers allow. */
    constexpr uint32_t rounds = (DIM <= 64 ? 2 : 1) + (MOST <= MODEL_BATCH_FEW ? 1 : 0);
    const bool leader = threadIdx.x == 0, stamped = run.link.stamped != 0;
    const struct model_reader reader = {!EVERYBODY, run.link.abort, shared.word};
    struct model_progress<PHASED> progress = {
    };
    uint64_t begin = 0, reported = 0;
    bool left = false;
    uint32_t t = 0;
    if (threadIdx.x < MODEL_PHASES)
        shared.shares[threadIdx.x] = model_share_of(&m, threadIdx.x, gridDim.x, blockIdx.x);
    if (leader) {
        *shared.word = 1;
        begin = reported = gpu_report_first(run.link, blockIdx.x);
    }
    model_sync();
    for (; t < m.seq_len && !left; t++) {
        const uint32_t phases = m.layers * MODEL_LAYER_PHASES + 1;
#pragma unroll 1
        for (uint32_t i = 0, phase = 0, layer = 0; i < phases; i++, phase++) {
            if (phase == MODEL_LAYER_PHASES) {
                phase = 0;
                layer++;
            }
            if (i + 1 == phases)
                phase = PHASE_HEAD;
            const struct model_share share = shared.shares[phase];
            const uint64_t phase_begin = PHASED && leader ? gpu_clock() : 0;
            struct model_arrival arrival = {0, false};
            if (share.count > 0 && phase == PHASE_ATTENTION) {
                for (uint32_t item = 0; item < share.count && !arrival.left; item++) {
                    const struct model_arrival own = model_attend<DIM, false, rounds>(
                        m, batch, shared, reader, layer, t, share.first + item);
                    arrival = {arrival.waited + own.waited, own.left};
                }
                /* Compute all parts before combining any. This program may have several splits of a
                 * head, and would otherwise wait for itself. */
                for (uint32_t item = 0; !EVERYBODY && m.splits > 1 && item < share.count; item++)
                    progress.waits.barrier +=
                        model_combine<DIM>(m, batch, reader, layer, t, share.first + item);
            } else if (share.count > 0) {
                weights.begin(m, phase, layer, share);
                arrival = model_run_matrix<MOST>(m, batch, shared, reader, weights.source, own_rows,
                                                 phase, layer, t, share.first, share.count);
            }
            left = arrival.left;
            if (left)
                break;
            const bool last = phase == PHASE_HEAD;
            /* Synchronise even if no data depends on it: warps that already poll the next phase's
             * words would slow down warps that still write this phase's. */
            model_sync();
            if (leader) {
                if (PHASED) {
                    progress.waits.data += weights.waited();
                    progress.waits.barrier += EVERYBODY ? 0 : arrival.waited;
                    if (share.count > 0)
                        model_record(run, progress, i, t,
                                     phase_begin + (EVERYBODY ? 0 : arrival.waited));
                }
                if (EVERYBODY || last) {
                    const uint32_t before = progress.waits.now();
                    model_barrier(run, shared, &progress.arrivals);
                    progress.waits.barrier += progress.waits.now() - before;
                }
                if (last) { /* the wait belongs to this step, although the next operation reports it
                             */
                    progress.barrier += progress.waits.barrier;
                    progress.counted = progress.waits.barrier;
                    if (gpu_load(run.link.abort) != 0)
                        *shared.word = 0;
                }
            }
            if (EVERYBODY || last)
                left = model_sync_any(*(volatile uint32_t *)shared.word == 0);
            if (left)
                break;
        }
        if (leader && !left) {
            const uint64_t end = gpu_clock();
            if (stamped)
                gpu_stamp_row(run.link, blockIdx.x, t, begin, end);
            if (PHASED)
                gpu_phase_row(run.link, blockIdx.x, t, progress.data, progress.barrier);
            progress.data = progress.barrier = 0;
            begin = end;
            if (end - reported > GPU_REPORT_CLOCKS && t + 1 < m.seq_len)
                reported = gpu_report_rows(run.link, blockIdx.x, t + 1);
        }
    }
    if (left)
        weights.leave();
    if (leader)
        gpu_report_end(run.link, blockIdx.x, left ? t - 1 : t, stamped, left);
}

#endif
