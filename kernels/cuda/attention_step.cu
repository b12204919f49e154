#include "attention_piece.cuh"
#include "attention_step.h"

#define COMBINE_THREADS 128u

/* Reads the abort word. One thread per CTA issues this load together with its loads of rows, so
 * that it does not wait for the word separately. Every launch checks the word, because many
 * launches may be queued, and a long one takes 10 ms. */
static __device__ __forceinline__ uint32_t load_abort(const struct attention_step &run)
{
    return threadIdx.x == 0 ? gpu_load(run.link.abort) : 0;
}

/* Stamps and reports the end of a unit's step. One thread calls this. leave: the iteration is
 * aborted. */
static __device__ __forceinline__ void end_step(const struct attention_step &run, uint32_t unit,
                                                uint32_t t, bool leave)
{
    const bool last = t + 1 == run.data.shape.seq_len;
    if (!leave && run.link.stamped)
        run.link.stamps[(uint64_t)unit * (run.link.row_mask + 1) + (t & run.link.row_mask)].end =
            gpu_timer();
    if (!leave && (last || unit == 0 || (t + 1) % ATTENTION_STEP_REPORT == 0))
        run.link.reports[unit].tagged_rows = (uint64_t)GPU_TAG << 32 | (t + 1);
    if (last)
        gpu_store_release_system(run.link.done + unit, leave ? GPU_LEFT : GPU_DONE);
}

/* Describes unit `number` like attention_deal.h, but without tables: here each unit has one CTA, or
 * one row of the grid's CTAs. */
static __device__ __forceinline__ struct attention_unit unit_of(const struct attention_step &run,
                                                                uint32_t columns, uint32_t number)
{
    const struct attention_shape &shape = run.data.shape;
    const uint32_t group = shape.heads / shape.kv_heads;
    const uint32_t block = run.blocks > 1 ? number % run.blocks : 0;
    const uint32_t pair = run.blocks > 1 ? number / run.blocks : number;
    struct attention_unit unit;
    unit.b = pair / shape.kv_heads;
    unit.g = pair % shape.kv_heads;
    unit.head = unit.g * group + block * columns;
    unit.heads = group - block * columns < columns ? group - block * columns : columns;
    unit.context =
        run.data.contexts ? attention_load_word(run.data.contexts + unit.b) : shape.context;
    return unit;
}

/* Returns the page of the warp's next row block. `row`: where the current row block begins. */
static __device__ __forceinline__ uint32_t page_after(const struct attention_step &run,
                                                      const struct attention_unit &unit,
                                                      uint32_t row, uint32_t end,
                                                      uint32_t row_block)
{
    const uint32_t next = row + run.warps * row_block;
    return next < end ? attention_page(run.data, unit.b, next) : 0;
}

/* How many CTAs of 8 warps must fit on an SM. Kernels for short rows need few registers, so two
 * CTAs fit. If the compiler used more registers, short steps would take two waves instead of one.
 */
template <class kind> static constexpr uint32_t attention_step_ctas()
{
    return kind::row_bytes == 128 && kind::columns == 8 ? 2 : 1;
}

/* Computes a unit, or one of its splits. K and V go through registers. Each warp loads one row
 * block ahead, and loads its first row block before the previous launch has ended. */
template <class kind>
static __global__ void __launch_bounds__(32 * ATTENTION_WARPS, attention_step_ctas<kind>())
    attend(const __grid_constant__ struct attention_step run, uint32_t t)
{
    const uint32_t unit_number = blockIdx.x / run.splits, part = blockIdx.x % run.splits;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, threads = run.warps * 32;
    const struct attention_unit unit = unit_of(run, kind::columns, unit_number);
    const uint32_t rows = attention_unit_rows(&unit, t);
    const struct attention_shared shared =
        attention_share_memory<kind>(run.warps, run.heads, run.warps);
    const struct attention_source source =
        attention_source_of<kind>(run.data, unit, t, run.together ? 1 : 0);
    const uint32_t row_block = shared.row_blocks + warp * kind::row_block_bytes;
    const uint32_t end = part + 1 == run.splits
                             ? rows
                             : rows * (part + 1) / run.splits / ATTENTION_CUT * ATTENTION_CUT;
    uint32_t row = rows * part / run.splits / ATTENTION_CUT * ATTENTION_CUT + warp * kind::rows;

    struct attention_held_row_block<kind> held;
    struct attention_held_queries<kind> queries;
    queries.load(run.data, unit, t, warp, run.warps, lane);
    if (row < end)
        held.load(run.data, source, attention_page(run.data, unit.b, row), row, lane);
    uint32_t page = page_after(run, unit, row, end, kind::rows);
    const uint32_t abort = load_abort(run);
    gpu_wait_for_previous();
    gpu_let_next_start();
    const bool leave = __syncthreads_or(abort != 0);
    if (!leave) {
        if (threadIdx.x == 0 && part == 0 && run.link.stamped)
            run.link
                .stamps[(uint64_t)unit_number * (run.link.row_mask + 1) + (t & run.link.row_mask)]
                .begin = gpu_timer();
        attention_make_queries<kind>(run.data, unit, t, nullptr, queries, shared.queries, warp,
                                     run.warps, lane);
        __syncthreads();
        attention_sums<kind> sums;
        sums.begin(shared.queries, lane);
        while (row < end) {
            const uint32_t next = row + run.warps * kind::rows;
            held.store(row_block, lane);
            if (next < end)
                held.load(run.data, source, page, next, lane);
            page = page_after(run, unit, next, end, kind::rows);
            __syncwarp();
            sums.add(row_block, shared.queries, end - row, lane);
            if (end == rows && row + kind::rows >= rows)
                attention_append<kind>(run.data, unit, t, row_block, rows - 1 - row, lane);
            __syncwarp();
            row = next;
        }
        sums.leave(shared.exchange + warp * run.heads * kind::exchange_stride,
                   shared.statistics + warp * kind::columns, unit.heads, lane);
        __syncthreads();
        attention_finish_piece<kind>(
            run.data, unit, t, shared, run.warps, run.heads,
            run.splits > 1 ? run.partials + (uint64_t)blockIdx.x * run.partial_floats : nullptr,
            nullptr, threadIdx.x, threads);
    }
    if (run.splits > 1)
        return;
    __syncthreads();
    if (threadIdx.x == 0)
        end_step(run, unit_number, t, leave);
}

/* Combines the partials of a unit's splits into the output. */
template <int TYPE>
static __global__ void __launch_bounds__(COMBINE_THREADS)
    combine(const __grid_constant__ struct attention_step run, uint32_t t)
{
    const struct attention_shape &shape = run.data.shape;
    const uint32_t dim = shape.head_dim, element = TYPE == DTYPE_FP32 ? 4 : 2;
    const struct attention_unit unit = unit_of(run, run.columns, blockIdx.x);
    const float *partials = run.partials + (uint64_t)blockIdx.x * run.splits * run.partial_floats;
    const uint32_t abort = load_abort(run);
    gpu_wait_for_previous();
    gpu_let_next_start();
    const bool leave = __syncthreads_or(abort != 0);
    for (uint32_t i = threadIdx.x; !leave && i < unit.heads * (dim / 4); i += COMBINE_THREADS) {
        const uint32_t head = i / (dim / 4), d = i % (dim / 4) * 4;
        const struct attention_quad sum = attention_add_partials(
            partials, 0, 1, run.splits, run.partial_floats, run.heads, dim, head, d);
        const float over = 1.0f / sum.weight;
        attention_store4<TYPE>(
            (char *)run.data.out +
                (attention_query_offset(&shape, unit.b, t, unit.head + head) + d) * element,
            make_float4(sum.out.x * over, sum.out.y * over, sum.out.z * over, sum.out.w * over));
    }
    __syncthreads();
    if (threadIdx.x == 0)
        end_step(run, blockIdx.x, t, leave);
}

/* ---- the host ------------------------------------------------------------------------------- */

const void *const attention_step_kernels[ATTENTION_KERNELS] = {
#define ROW(TYPE, DIM, COLUMNS) (const void *)attend<attention_kind<TYPE, DIM, COLUMNS>>,
    ATTENTION_TABLE(ROW)
#undef ROW
};

static const void *const combines[] = {
    (const void *)combine<DTYPE_BF16>,
    (const void *)combine<DTYPE_FP16>,
    (const void *)combine<DTYPE_FP32>,
};

bool attention_step_load(enum data_type type, struct error *error)
{
    struct cudaFuncAttributes ignored;
    return gpu_right(cudaFuncGetAttributes(&ignored, combines[type]), "cudaFuncGetAttributes",
                     error);
}

uint32_t attention_step_launches(const struct attention_step *run)
{
    return run->splits > 1 ? 2 : 1;
}

cudaError_t attention_step_launch(const struct attention_step *run, uint32_t kernel, uint32_t t,
                                  uint32_t shared_bytes, cudaStream_t stream)
{
    cudaLaunchAttribute attribute = {};
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(run->units * run->splits);
    config.blockDim = dim3(run->warps * 32);
    config.dynamicSmemBytes = shared_bytes;
    config.stream = stream;
    config.attrs = &attribute;
    config.numAttrs = run->together ? 1 : 0;
    void *arguments[] = {(void *)run, &t};
    const cudaError_t status =
        cudaLaunchKernelExC(&config, attention_step_kernels[kernel], arguments);
    if (status != cudaSuccess || run->splits == 1)
        return status;
    config.gridDim = dim3(run->units);
    config.blockDim = dim3(COMBINE_THREADS);
    config.dynamicSmemBytes = 0;
    return cudaLaunchKernelExC(&config, combines[run->data.shape.type], arguments);
}
