#include "model_phase.cuh"
#include "model_step.h"

/* ---- the step ------------------------------------------------------------------------------- */

/* Prefetches `bytes` bytes from `from` on into L2, because the CTA will read them. */
static __device__ __forceinline__ void request(const void *from, uint64_t bytes)
{
#if __CUDA_ARCH__ >= 900
    const char *at = (const char *)from;
    for (uint32_t piece; bytes > 0; at += piece, bytes -= piece) {
        piece = bytes < 16384 ? (uint32_t)bytes : 16384;
        asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(at), "r"(piece) : "memory");
    }
#else
    gpu_mark_older();
#endif
}

static __device__ __forceinline__ uint32_t step_of(const struct gpu_model &m)
{
    return __ldcg(m.step);
}

/* Stamps the beginning of a step. The step's first kernel calls this. */
static __device__ __forceinline__ void stamp_begin(const struct model_step &step, uint32_t t)
{
    if (step.link.stamped && blockIdx.x == 0 && threadIdx.x == 0)
        step.link.stamps[t & step.link.row_mask].begin = gpu_timer();
}

/* Every CTA of a step's last kernel calls this. The last CTA to do so stamps the end of the step,
 * and increments the step's number for the next launches. */
static __device__ __forceinline__ void end_step(const struct model_step &step, uint32_t t)
{
    const struct gpu_model &m = step.model;
    __syncthreads();
    if (threadIdx.x != 0)
        return;
    __threadfence();
    if (atomicAdd(m.step + MODEL_COUNTER_LINE, 1) + 1 < gridDim.x)
        return;
    m.step[MODEL_COUNTER_LINE] = 0;
    m.step[0] = t + 1;
    if (step.link.stamped)
        step.link.stamps[t & step.link.row_mask].end = gpu_timer();
    step.link.reports[0].tagged_rows = (uint64_t)GPU_TAG << 32 | (t + 1);
    if (t + 1 == m.seq_len)
        gpu_store_release_system(step.link.done, GPU_DONE);
}

/* ---- a kernel per phase --------------------------------------------------------------------- */

/* Kernels can overlap only if two CTAs fit on an SM. */
template <uint32_t PHASE, uint32_t MOST>
static __global__ void __launch_bounds__(MODEL_THREADS, 2)
    run_phase(const __grid_constant__ struct model_step step, uint32_t layer)
{
    extern __shared__ __align__(128) char memory[];
    const struct gpu_model &m = step.model;
    const uint32_t batch = MOST == 1 ? 1 : m.batch;
    const struct model_shared shared = model_share(memory, step.act_bytes, batch);
    const struct model_reader reader = {false, step.link.abort, shared.word};
    const struct model_share share = model_share_of(&m, PHASE, gridDim.x, blockIdx.x);
    const uint16_t *tiles = model_tiles_of(m, PHASE, layer, share.first);
    const uint32_t columns = model_columns_of(&m, PHASE);
    struct model_direct source(shared.rest, step.depth);
    gpu_let_next_start();
    source.begin(tiles, columns, share.count);
    if (step.ahead > 0 && threadIdx.x == 0) {
        const uint64_t all = (uint64_t)share.count * MODEL_TILE_ROWS * columns * 2;
        request(tiles, all < step.ahead ? all : step.ahead);
    }
    gpu_wait_for_previous();
    /* Only three phases use the step's number: the first layer's QKV and output matrix, which read
     * embeddings, and the head. */
    const bool first = layer == 0 && (PHASE == PHASE_QKV || PHASE == PHASE_OUT);
    const uint32_t t = first || PHASE == PHASE_HEAD ? step_of(m) : 0;
    if (first && PHASE == PHASE_QKV)
        stamp_begin(step, t);
    model_run_matrix<MOST>(m, batch, shared, reader, source, nullptr, PHASE, layer, t, share.first,
                           share.count);
    if (PHASE == PHASE_HEAD)
        end_step(step, t);
}

/* The grid has one CTA per SM, like the grids of the phases. With fewer CTAs, some SMs would be
 * empty, and two CTAs of the next kernel could start there if kernels overlap. */
template <int DIM, bool PREPARED>
static __global__ void __launch_bounds__(MODEL_THREADS, 1)
    run_attention(const __grid_constant__ struct model_step step, uint32_t layer)
{
    extern __shared__ __align__(128) char memory[];
    const struct model_shared shared = model_share(memory, step.act_bytes, step.model.batch);
    const struct model_reader reader = {false, step.link.abort, shared.word};
    gpu_let_next_start();
    gpu_wait_for_previous();
    for (uint32_t item = blockIdx.x; item < model_blocks_of(&step.model, PHASE_ATTENTION);
         item += gridDim.x)
        model_attend<DIM, PREPARED, DIM <= 64 ? 2 : 1>(step.model, step.model.batch, shared, reader,
                                                       layer, step_of(step.model), item);
}

/* ---- a kernel per operation ----------------------------------------------------------------- */

/* Computes x = the embeddings of the step's tokens. */
static __global__ void embed(const __grid_constant__ struct model_step step)
{
    const struct gpu_model &m = step.model;
    const uint32_t b = blockIdx.x, t = step_of(m), token = model_token(m, t, b);
    stamp_begin(step, t);
    for (uint32_t d = threadIdx.x; d < m.hidden; d += blockDim.x)
        m.x[(uint64_t)b * m.hidden + d] =
            model_bf16(m.embedding[model_tile_at(m.hidden, token, d)]);
}

/* Computes normed = rms_norm(x) * weights. */
static __global__ void norm_rows(const __grid_constant__ struct model_step step,
                                 const uint16_t *weights)
{
    const struct gpu_model &m = step.model;
    __shared__ float sums[32];
    const float *x = m.x + (uint64_t)blockIdx.x * m.hidden;
    float squares = 0, all = 0;
    for (uint32_t d = threadIdx.x; d < m.hidden; d += blockDim.x)
        squares += x[d] * x[d];
    squares = model_warp_sum(squares);
    if (threadIdx.x % 32 == 0)
        sums[threadIdx.x / 32] = squares;
    __syncthreads();
    for (uint32_t warp = 0; warp < blockDim.x / 32; warp++)
        all += sums[warp];
    const float factor = rsqrtf(all / m.hidden + m.epsilon);
    for (uint32_t d = threadIdx.x; d < m.hidden; d += blockDim.x)
        m.normed[(uint64_t)blockIdx.x * m.hidden + d] =
            (uint16_t)model_pack(x[d] * factor * model_bf16(weights[d]), 0);
}

/* A matrix operation. Row block i of the result comes from row block `first + i * apart` of the
 * tiles. */
struct product {
    const uint16_t *tiles, *act; /* act: bf16 [batch][columns]; null: attention's partials */
    float *to;                   /* [batch][stride] */
    uint32_t columns, blocks, first, apart, stride;
};

template <uint32_t MOST>
static __global__ void __launch_bounds__(MODEL_THREADS, 1)
    multiply(const __grid_constant__ struct model_step step,
             const __grid_constant__ struct product product)
{
    extern __shared__ __align__(128) char memory[];
    const struct gpu_model &m = step.model;
    const uint32_t batch = MOST == 1 ? 1 : m.batch;
    const struct model_shared shared = model_share(memory, step.act_bytes, batch);
    const uint32_t first = (uint32_t)((uint64_t)product.blocks * blockIdx.x / gridDim.x);
    const uint32_t last = (uint32_t)((uint64_t)product.blocks * (blockIdx.x + 1) / gridDim.x);
    struct model_direct source(shared.rest, step.depth);
    const struct model_reader reader = {false, step.link.abort, shared.word};
    model_pad(batch, shared, product.columns);
    if (product.act)
        model_take<MOST>(batch, shared, reader, product.act, product.columns);
    else
        model_take_partials(m, shared, m.partials);
    source.begin(product.tiles + (uint64_t)(product.first + first * product.apart) *
                                     MODEL_TILE_ROWS * product.columns,
                 product.columns, last - first, product.apart);
    const auto finish = [&](uint32_t place, uint32_t b, uint32_t row, float sum, float) {
        product.to[(uint64_t)b * product.stride + (first + place) * MODEL_TILE_ROWS + row] = sum;
    };
    const struct model_lane lane(shared, batch, product.columns, false);
    model_matrix<MOST>(batch, shared, lane, source, product.columns, last - first, false, finish);
}

/* Applies q/k norm to `heads` heads from head `first` on. The heads of k follow those of q. */
template <int DIM>
static __global__ void norm_heads(const __grid_constant__ struct model_step step,
                                  const uint16_t *weights, uint32_t first, uint32_t heads)
{
    const struct gpu_model &m = step.model;
    const uint32_t b = blockIdx.x / heads, head = first + blockIdx.x % heads, lane = threadIdx.x;
    float *row = m.raw + ((uint64_t)b * (m.heads + 2 * m.kv_heads) + head) * DIM;
    float values[DIM / 32], squares = 0;
#pragma unroll
    for (int i = 0; i < DIM / 32; i++) {
        values[i] = row[lane + 32 * i];
        squares += values[i] * values[i];
    }
    const float factor = rsqrtf(model_warp_sum(squares) / DIM + m.epsilon);
#pragma unroll
    for (int i = 0; i < DIM / 32; i++)
        row[lane + 32 * i] = values[i] * factor * model_bf16(weights[lane + 32 * i]);
}

/* Rotates `heads` heads from head `first` on (RoPE). The heads of k follow those of q. */
template <int DIM>
static __global__ void turn_heads(const __grid_constant__ struct model_step step, uint32_t first,
                                  uint32_t heads)
{
    const struct gpu_model &m = step.model;
    const uint32_t b = blockIdx.x / heads, head = first + blockIdx.x % heads, lane = threadIdx.x;
    float *row = m.raw + ((uint64_t)b * (m.heads + 2 * m.kv_heads) + head) * DIM;
    float values[DIM / 32];
    model_turn<DIM>(m, {false, step.link.abort, nullptr}, row, false, nullptr,
                    m.rope + (uint64_t)step_of(m) * DIM, lane, values);
#pragma unroll
    for (int i = 0; i < DIM / 32; i++)
        row[lane + 32 * i] = values[i];
}

/* Appends the step's rows of K and V to the cache. */
static __global__ void append(const __grid_constant__ struct model_step step, uint32_t layer)
{
    const struct gpu_model &m = step.model;
    const uint32_t per_row = m.kv_heads * m.head_dim, position = m.context + step_of(m);
    const uint32_t b = blockIdx.x;
    for (uint32_t i = threadIdx.x; i < 2 * per_row; i += blockDim.x) {
        const uint32_t side = i / per_row, element = i % per_row;
        const uint32_t g = element / m.head_dim, d = element % m.head_dim;
        const uint64_t at =
            ((((uint64_t)layer * m.batch + b) * m.kv_heads + g) * m.rows + position) * m.head_dim;
        m.cache[side][at + d] = (uint16_t)model_pack(
            m.raw[(uint64_t)b * (m.heads * m.head_dim + 2 * per_row) + m.heads * m.head_dim + i],
            0);
    }
}

/* x += result. */
static __global__ void add(const __grid_constant__ struct model_step step)
{
    const struct gpu_model &m = step.model;
    const uint32_t i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < m.batch * m.hidden)
        m.x[i] += m.result[i];
}

/* Computes inner = silu(gate) * up. `result` contains gate and up, [2][batch][mlp]. */
static __global__ void activate(const __grid_constant__ struct model_step step)
{
    const struct gpu_model &m = step.model;
    const uint32_t i = blockIdx.x * blockDim.x + threadIdx.x, all = m.batch * m.mlp;
    if (i >= all)
        return;
    const float gate = m.result[i], up = m.result[all + i];
    m.inner[i] = (uint16_t)model_pack(gate / (1 + exp2f(-1.4426950f * gate)) * up, 0);
}

/* Computes the argmax of a sequence's logits. One CTA per sequence; the last kernel of a step. */
static __global__ void choose(const __grid_constant__ struct model_step step)
{
    const struct gpu_model &m = step.model;
    __shared__ unsigned long long best;
    const uint32_t b = blockIdx.x, t = step_of(m);
    const float *logits = m.logits + ((uint64_t)b * m.seq_len + t) * m.vocabulary;
    unsigned long long own = 0;
    if (threadIdx.x == 0)
        best = 0;
    __syncthreads();
    for (uint32_t i = threadIdx.x; i < m.vocabulary; i += blockDim.x) {
        const unsigned long long key = model_key(logits[i], i);
        own = key > own ? key : own;
    }
    atomicMax(&best, own);
    __syncthreads();
    if (threadIdx.x == 0)
        m.best[t * m.batch + b] = best;
    end_step(step, t);
}

/* The head's matrix operation: writes the step's logits. */
template <uint32_t MOST>
static __global__ void __launch_bounds__(MODEL_THREADS, 1)
    multiply_head(const __grid_constant__ struct model_step step, uint32_t blocks)
{
    extern __shared__ __align__(128) char memory[];
    const struct gpu_model &m = step.model;
    const uint32_t batch = MOST == 1 ? 1 : m.batch;
    const struct model_shared shared = model_share(memory, step.act_bytes, batch);
    const uint32_t first = (uint32_t)((uint64_t)blocks * blockIdx.x / gridDim.x);
    const uint32_t last = (uint32_t)((uint64_t)blocks * (blockIdx.x + 1) / gridDim.x);
    const uint32_t t = step_of(m);
    struct model_direct source(shared.rest, step.depth);
    const struct model_reader reader = {false, step.link.abort, shared.word};
    model_pad(batch, shared, m.hidden);
    model_take<MOST>(batch, shared, reader, m.normed, m.hidden);
    source.begin(m.head + (uint64_t)first * MODEL_TILE_ROWS * m.hidden, m.hidden, last - first);
    const auto finish = [&](uint32_t place, uint32_t b, uint32_t row, float sum, float) {
        m.logits[((uint64_t)b * m.seq_len + t) * m.vocabulary + (first + place) * MODEL_TILE_ROWS +
                 row] = sum;
    };
    const struct model_lane lane(shared, batch, m.hidden, false);
    model_matrix<MOST>(batch, shared, lane, source, m.hidden, last - first, false, finish);
}

/* ---- launches ------------------------------------------------------------------------------- */

static cudaError_t launch(const void *kernel, uint32_t ctas, uint32_t threads, uint32_t shared,
                          bool programmatic, void **arguments, cudaStream_t stream)
{
    cudaLaunchAttribute attribute = {};
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(ctas);
    config.blockDim = dim3(threads);
    config.dynamicSmemBytes = shared;
    config.stream = stream;
    config.attrs = &attribute;
    config.numAttrs = programmatic ? 1 : 0;
    return cudaLaunchKernelExC(&config, kernel, arguments);
}

/* Kernels for each range of batches (model_batch_range). */
#define PHASE_KERNELS(PHASE)                                                                       \
    {                                                                                              \
        (const void *)run_phase<PHASE, 1>, (const void *)run_phase<PHASE, MODEL_BATCH_FEW>,        \
            (const void *)run_phase<PHASE, MODEL_BATCH_MOST>,                                      \
    }
static const void *const phase_kernels[][MODEL_RANGES] = {
    PHASE_KERNELS(PHASE_QKV),  {},
    PHASE_KERNELS(PHASE_OUT),  PHASE_KERNELS(PHASE_GATE_UP),
    PHASE_KERNELS(PHASE_DOWN), PHASE_KERNELS(PHASE_HEAD),
};

static const void *const multiply_kernels[MODEL_RANGES] = {
    (const void *)multiply<1>,
    (const void *)multiply<MODEL_BATCH_FEW>,
    (const void *)multiply<MODEL_BATCH_MOST>,
};

static const void *const head_kernels[MODEL_RANGES] = {
    (const void *)multiply_head<1>,
    (const void *)multiply_head<MODEL_BATCH_FEW>,
    (const void *)multiply_head<MODEL_BATCH_MOST>,
};

/* Kernels for each head dimension. */
#define ATTENTION MODEL_BY_DIM(run_attention, false)
const void *const model_step_kernels[MODEL_RANGES][MODEL_DIMS] = {ATTENTION, ATTENTION, ATTENTION};

static const void *const prepared_kernels[MODEL_DIMS] = MODEL_BY_DIM(run_attention, true);

static const void *const norm_kernels[MODEL_DIMS] = MODEL_BY_DIM(norm_heads);

static const void *const turn_kernels[MODEL_DIMS] = MODEL_BY_DIM(turn_heads);

static bool allow(const void *kernel, uint32_t shared, struct error *error)
{
    struct cudaFuncAttributes attributes;
    return gpu_right(cudaFuncGetAttributes(&attributes, kernel), "cudaFuncGetAttributes", error) &&
           (shared <= (uint32_t)attributes.maxDynamicSharedSizeBytes ||
            gpu_right(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                           (int)shared),
                      "cudaFuncSetAttribute", error));
}

bool model_step_load(const struct model_step *step, struct error *error)
{
    const void *const small[] = {(const void *)embed,    (const void *)norm_rows,
                                 (const void *)append,   (const void *)add,
                                 (const void *)activate, (const void *)choose};
    const uint32_t dim = model_dim_index(step->model.head_dim);
    const uint32_t range = model_batch_range(step->model.batch);
    for (const void *kernel : small)
        if (!allow(kernel, 0, error))
            return false;
    for (const auto &kernels : phase_kernels)
        if (kernels[range] && !allow(kernels[range], step->shared_bytes, error))
            return false;
    return allow(multiply_kernels[range], step->shared_bytes, error) &&
           allow(head_kernels[range], step->shared_bytes, error) &&
           allow(model_step_kernels[range][dim], step->shared_bytes, error) &&
           allow(prepared_kernels[dim], step->shared_bytes, error) &&
           allow(norm_kernels[dim], 0, error) && allow(turn_kernels[dim], 0, error);
}

uint32_t model_step_phases(const struct gpu_model *model)
{
    return model->layers * MODEL_LAYER_PHASES + 1;
}

uint32_t model_step_operations(const struct gpu_model *model)
{
    return 1 + model->layers * (model->qk_norm ? 18 : 16) + 3;
}

cudaError_t model_step_launch_phases(const struct model_step *step, cudaStream_t stream)
{
    const struct gpu_model *m = &step->model;
    const bool programmatic = step->ahead > 0;
    const uint32_t dim = model_dim_index(m->head_dim), range = model_batch_range(m->batch);
    cudaError_t status = cudaSuccess;
    for (uint32_t i = 0; i < model_step_phases(m) && status == cudaSuccess; i++) {
        const bool last = i == m->layers * MODEL_LAYER_PHASES;
        const uint32_t phase = last ? (uint32_t)PHASE_HEAD : i % MODEL_LAYER_PHASES;
        uint32_t layer = last ? 0 : i / MODEL_LAYER_PHASES;
        void *arguments[] = {(void *)step, &layer};
        status = launch(
            phase == PHASE_ATTENTION ? model_step_kernels[range][dim] : phase_kernels[phase][range],
            step->ctas, MODEL_THREADS, step->shared_bytes, programmatic, arguments, stream);
    }
    return status;
}

/* Launches operations. After a launch has failed, it launches no more. */
struct launcher {
    const struct model_step *step;
    cudaStream_t stream;
    cudaError_t status;

    void run(const void *kernel, uint32_t ctas, uint32_t threads, uint32_t shared, void *second,
             void *third = nullptr, void *fourth = nullptr)
    {
        void *arguments[] = {(void *)step, second, third, fourth};
        if (status == cudaSuccess)
            status = launch(kernel, ctas, threads, shared, false, arguments, stream);
    }
    void norm_x(const uint16_t *weights)
    {
        run((const void *)norm_rows, step->model.batch, 512, 0, &weights);
    }
    void product_of(struct product product)
    {
        run(multiply_kernels[model_batch_range(step->model.batch)],
            product.blocks < step->ctas ? product.blocks : step->ctas, MODEL_THREADS,
            step->shared_bytes, &product);
    }
    void add_result()
    {
        run((const void *)add, (step->model.batch * step->model.hidden + 255) / 256, 256, 0,
            nullptr);
    }
};

static void launch_attention(struct launcher &launcher, uint32_t layer)
{
    const struct gpu_model &m = launcher.step->model;
    const uint32_t index = model_dim_index(m.head_dim), dim = m.head_dim;
    const uint32_t q_rows = m.heads * dim, kv_rows = m.kv_heads * dim, rows = q_rows + 2 * kv_rows;
    const uint32_t counts[] = {q_rows, kv_rows, kv_rows};
    const uint16_t *tiles = m.qkv + (uint64_t)layer * rows * m.hidden;
    uint32_t first = 0;
    launcher.norm_x(m.attention_norm + (uint64_t)layer * m.hidden);
    for (uint32_t count : counts) {
        launcher.product_of({tiles, m.normed, m.raw + first, m.hidden, count / MODEL_TILE_ROWS,
                             first / MODEL_TILE_ROWS, 1, rows});
        first += count;
    }
    uint32_t head = 0, heads[] = {m.heads, m.kv_heads};
    for (uint32_t i = 0; i < 2; head += heads[i], i++) {
        const uint16_t *weights = (i == 0 ? m.q_norm : m.k_norm) + (uint64_t)layer * dim;
        if (m.qk_norm)
            launcher.run(norm_kernels[index], m.batch * heads[i], 32, 0, &weights, &head,
                         &heads[i]);
        launcher.run(turn_kernels[index], m.batch * heads[i], 32, 0, &head, &heads[i]);
    }
    launcher.run((const void *)append, m.batch, 512, 0, &layer);
    launcher.run(prepared_kernels[index], m.batch * m.kv_heads * m.splits, MODEL_THREADS,
                 launcher.step->shared_bytes, &layer);
    launcher.product_of({m.out + (uint64_t)layer * m.hidden * q_rows,
                         m.splits > 1 ? nullptr : m.mixed, m.result, q_rows,
                         m.hidden / MODEL_TILE_ROWS, 0, 1, m.hidden});
    launcher.add_result();
}

static void launch_mlp(struct launcher &launcher, uint32_t layer)
{
    const struct gpu_model &m = launcher.step->model;
    const uint16_t *tiles = m.gate_up + (uint64_t)layer * 2 * m.mlp * m.hidden;
    launcher.norm_x(m.mlp_norm + (uint64_t)layer * m.hidden);
    for (uint32_t i = 0; i < 2; i++)
        launcher.product_of({tiles, m.normed, m.result + (uint64_t)i * m.batch * m.mlp, m.hidden,
                             m.mlp / MODEL_TILE_ROWS, i, 2, m.mlp});
    launcher.run((const void *)activate, (m.batch * m.mlp + 255) / 256, 256, 0, nullptr);
    launcher.product_of({m.down + (uint64_t)layer * m.hidden * m.mlp, m.inner, m.result, m.mlp,
                         m.hidden / MODEL_TILE_ROWS, 0, 1, m.hidden});
    launcher.add_result();
}

cudaError_t model_step_launch_operations(const struct model_step *step, cudaStream_t stream)
{
    const struct gpu_model *m = &step->model;
    uint32_t blocks = model_blocks_of(m, PHASE_HEAD);
    struct launcher launcher = {step, stream, cudaSuccess};
    launcher.run((const void *)embed, m->batch, 256, 0, nullptr);
    for (uint32_t layer = 0; layer < m->layers; layer++) {
        launch_attention(launcher, layer);
        launch_mlp(launcher, layer);
    }
    launcher.norm_x(m->final_norm);
    launcher.run(head_kernels[model_batch_range(m->batch)],
                 blocks < step->ctas ? blocks : step->ctas, MODEL_THREADS, step->shared_bytes,
                 &blocks);
    launcher.run((const void *)choose, m->batch, 1024, 0, nullptr);
    return launcher.status;
}
