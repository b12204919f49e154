/*
 * ceilings_step.cu - measures the chain of `dot` alone, the cost of a stamp, and the resolution of
 * the GPU's timer (gpu_bench.h).
 *
 * No variant can have shorter steps than the chain: the time from one step's dot product to the
 * next. Three things make the chain as short as possible:
 *   - Only operations that depend on the previous step are on the critical path. The rows are in
 *     shared memory, preprocessed as another warp could have done it: v / 2, 2 a k, and each lane's
 *     part of q k - a k.
 *   - An instruction can saturate its result to [0, 1] for free, so this replaces the clamp to [-1,
 *     1]:
 *         a k clamp(v dot) = 2 a k saturate(v / 2 dot + 1 / 2) - a k
 *     This takes two instructions per element instead of four. But the saturated result, unlike
 *     that of clamp, has no bits below 2^-24.
 *   - Lanes add their parts with several independent shuffles instead of one level after another.
 *     So RADIX values are added in the latency of one shuffle and log2(RADIX) additions.
 * The best number of lanes depends on the GPU's latencies, so several numbers are tried, and the
 * fastest counts.
 */
#include "../inputs.h"
#include "gpu.cuh"
#include "gpu_bench.h"

#define HEAD_DIM     64u
#define ROWS         32u /* rows of inputs, used again and again */
#define MORE_LANES   16u /* the largest number of lanes tried */
#define WARM_STEPS   256u
#define STEPS        8192u
#define REPEATS      7u
#define SEED         42u
#define TIMER_STEPS  256u
#define TIMER_CYCLES 4000000u /* how long to wait for the timer to change, about 2 ms */

static_assert(DOT_CLAMP == 1.0f, "saturation is a clamp to 1");
static_assert(TIMER_STEPS < GPU_BENCH_SAMPLES, "a sample per step of the timer");

struct chain_run {
    struct gpu_bench_memory *memory;
    struct gpu_bench_words *words; /* mapped */
};

/* Preprocessed rows: the values of a step that do not depend on the previous step. */
struct chain_rows {
    float4 half_v[ROWS][HEAD_DIM / 4];
    float4 weight[ROWS][HEAD_DIM / 4]; /* 2 a k */
    float base[ROWS][MORE_LANES];      /* for each lane: its sum of q k - a k */
};

/* A lane's part of a row: quads lane, lane + LANES, ... */
template <int LANES> struct chain_row {
    float4 half_v[HEAD_DIM / 4 / LANES], weight[HEAD_DIM / 4 / LANES];
    float base;
};

template <int LANES> static __device__ void chain_prepare(struct chain_rows *rows)
{
    for (uint32_t row = 0; row < ROWS && threadIdx.x < LANES; row++) {
        float base = 0;
        for (uint32_t quad = threadIdx.x; quad < HEAD_DIM / 4; quad += LANES) {
            float q[4], k[4], v[4];
            input_quad(SEED, INPUT_Q, 0, row, quad, q);
            input_quad(SEED, INPUT_K, 0, row, quad, k);
            input_quad(SEED, INPUT_V, 0, row, quad, v);
            for (int i = 0; i < 4; i++)
                base += (q[i] - DOT_CHAIN) * k[i];
            rows->half_v[row][quad] = make_float4(v[0] / 2, v[1] / 2, v[2] / 2, v[3] / 2);
            rows->weight[row][quad] = make_float4(2 * DOT_CHAIN * k[0], 2 * DOT_CHAIN * k[1],
                                                  2 * DOT_CHAIN * k[2], 2 * DOT_CHAIN * k[3]);
        }
        rows->base[row][threadIdx.x] = base;
    }
    __syncwarp();
}

template <int LANES>
static __device__ __forceinline__ struct chain_row<LANES>
chain_fetch(const struct chain_rows *rows, uint32_t step, uint32_t lane) {
    struct chain_row<LANES> row;
#pragma unroll
    for (int tile = 0; tile < (int)(HEAD_DIM / 4 / LANES); tile++) {
        row.half_v[tile] = rows->half_v[step % ROWS][tile * LANES + lane];
        row.weight[tile] = rows->weight[step % ROWS][tile * LANES + lane];
    }
    row.base = rows->base[step % ROWS][lane];
    return row;
}

/* Returns this lane's part of the next dot product. */
template <int LANES>
static __device__ __forceinline__ float chain_part(const struct chain_row<LANES> &row, float dot)
{
    float4 sum = make_float4(row.base, 0, 0, 0);
#pragma unroll
    for (int tile = 0; tile < (int)(HEAD_DIM / 4 / LANES); tile++) {
        const float4 half = row.half_v[tile], weight = row.weight[tile];
        sum.x = fmaf(weight.x, __saturatef(fmaf(half.x, dot, 0.5f)), sum.x);
        sum.y = fmaf(weight.y, __saturatef(fmaf(half.y, dot, 0.5f)), sum.y);
        sum.z = fmaf(weight.z, __saturatef(fmaf(half.z, dot, 0.5f)), sum.z);
        sum.w = fmaf(weight.w, __saturatef(fmaf(half.w, dot, 0.5f)), sum.w);
    }
    return (sum.x + sum.y) + (sum.z + sum.w);
}

/* Returns the sum over LANES lanes. All lanes add the same pairs, so the result is bit-identical in
 * all of them. */
template <int LANES, int RADIX> static __device__ __forceinline__ float chain_sum(float part)
{
#pragma unroll
    for (int width = 1; width < LANES; width *= RADIX) {
        float terms[RADIX];
        terms[0] = part;
#pragma unroll
        for (int i = 1; i < RADIX; i++)
            terms[i] = __shfl_xor_sync(0xFFFFFFFF, part, i * width);
#pragma unroll
        for (int distance = 1; distance < RADIX; distance *= 2)
#pragma unroll
            for (int i = 0; i < RADIX; i += 2 * distance)
                terms[i] += terms[i + distance];
        part = terms[0];
    }
    return part;
}

/* Runs the chain. STAMPED: also stamps each step, like persistent_chunk in persistent_dot.cuh. */
template <int LANES, int RADIX, bool STAMPED>
static __device__ __forceinline__ float
chain_steps(const struct chain_run &run, const struct chain_rows *rows, uint32_t steps, float dot)
{
    const uint32_t lane = threadIdx.x % LANES;
    const bool stamps = STAMPED && threadIdx.x == 0;
    struct chain_row<LANES> row = chain_fetch<LANES>(rows, 0, lane);
    uint64_t begin = gpu_clock();
#pragma unroll 4
    for (uint32_t step = 0; step < steps; step++) {
        const float part = chain_part<LANES>(row, dot);
        const struct chain_row<LANES> next = chain_fetch<LANES>(rows, step + 1, lane);
        dot = chain_sum<LANES, RADIX>(part);
        if (stamps) {
            const uint64_t end = gpu_clock_after(dot);
            *(ulonglong2 *)(run.memory->stamps + step % GPU_BENCH_STAMPS) =
                make_ulonglong2(begin, end);
            begin = end;
        }
        row = next;
    }
    return dot;
}

template <int LANES, int RADIX, bool STAMPED>
static __global__ void __launch_bounds__(32) run_chain(const struct chain_run run)
{
    __shared__ struct chain_rows rows;
    chain_prepare<LANES>(&rows);
    float dot = chain_steps<LANES, RADIX, STAMPED>(run, &rows, WARM_STEPS, 0);
    const uint64_t began_ns = gpu_timer();
    dot = chain_steps<LANES, RADIX, STAMPED>(run, &rows, STEPS, dot);
    gpu_clock_after(dot); /* so that the timer is read only when `dot` is available */
    const uint64_t took_ns = gpu_timer() - began_ns;
    if (threadIdx.x == 0) {
        run.words->took_ns = took_ns;
        run.words->result = dot;
    }
}

typedef void chain_kernel(const struct chain_run run);

static bool time_chain(struct gpu_bench *bench, chain_kernel *kernel, double *step_ns,
                       struct error *error)
{
    const struct chain_run run = {bench->memory, bench->words};
    if (!gpu_bench_goes_on(bench, error))
        return false;
    for (uint32_t i = 0; i < REPEATS; i++) {
        kernel<<<1, 32, 0, bench->stream>>>(run);
        if (!gpu_finished(bench->stream, error))
            return false;
        bench->samples[i] = (double)bench->words->took_ns / STEPS;
    }
    *step_ns = gpu_bench_median(bench, REPEATS);
    return true;
}

static bool measure_chain(struct gpu_bench *bench, struct error *error)
{
    static const struct {
        chain_kernel *plain, *stamped;
    } kernels[] = {
#define ROW(LANES, RADIX) {run_chain<LANES, RADIX, false>, run_chain<LANES, RADIX, true>}
        ROW(4, 2), ROW(4, 4), ROW(8, 2), ROW(8, 8), ROW(16, 2), ROW(16, 4),
#undef ROW
    };
    struct ceilings *ceilings = bench->ceilings;
    size_t least = 0;
    double step_ns, stamped_ns;
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        if (!time_chain(bench, kernels[i].plain, &step_ns, error))
            return false;
        if (i == 0 || step_ns < ceilings->dependent_step_ns) {
            ceilings->dependent_step_ns = step_ns;
            least = i;
        }
    }
    if (!time_chain(bench, kernels[least].stamped, &stamped_ns, error))
        return false;
    const double stamp_ns = stamped_ns - ceilings->dependent_step_ns;
    ceilings->stamp_ns = stamp_ns > 0 ? stamp_ns : 0;
    return true;
}

/* ---- the timer ------------------------------------------------------------------------------ */

/* Measures the steps in which the timer advances: each difference between two successive values.
 * Writes 0 if the timer does not change. */
static __global__ void watch_timer(uint64_t *steps_ns)
{
    uint64_t before = gpu_timer();
    for (uint32_t i = 0; i < TIMER_STEPS; i++) {
        const uint64_t began = gpu_clock();
        uint64_t now;
        do
            now = gpu_timer();
        while (now == before && gpu_clock() - began < TIMER_CYCLES);
        steps_ns[i] = now - before;
        before = now;
    }
}

static bool measure_timer(struct gpu_bench *bench, struct error *error)
{
    if (!gpu_bench_goes_on(bench, error))
        return false;
    watch_timer<<<1, 1, 0, bench->stream>>>(bench->words->steps_ns);
    if (!gpu_finished(bench->stream, error))
        return false;
    for (uint32_t i = 0; i < TIMER_STEPS; i++)
        bench->samples[i] = (double)bench->words->steps_ns[i];
    bench->ceilings->timer_step_ns = gpu_bench_median(bench, TIMER_STEPS);
    return true;
}

bool gpu_measure_step(struct gpu_bench *bench, struct error *error)
{
    return measure_chain(bench, error) && measure_timer(bench, error);
}
