/*
 * model_phase.cuh - the phases of a model's step: a launch per phase and the persistent kernels run
 * the same code, and differ in who synchronises and how weights arrive.
 *
 * A matrix phase has three parts. The prologue brings the activations of all sequences into shared
 * memory, as bf16. Then each warp multiplies its share of the columns of every row block. The warps
 * add up their sums in shared memory, and the epilogue uses the result.
 */
#ifndef KERNELS_CUDA_MODEL_PHASE_CUH
#define KERNELS_CUDA_MODEL_PHASE_CUH

#include "model_attend.cuh"
#include "model_matrix.cuh"
#include "model_prologue.cuh"

/* ---- the phases ----------------------------------------------------------------------------- */

/* A phase's matrix, from row block `block` on. */
static __device__ __forceinline__ const uint16_t *
model_tiles_of(const struct gpu_model &m, uint32_t phase, uint32_t layer, uint32_t block)
{
    const uint16_t *tiles = phase == PHASE_QKV       ? m.qkv
                            : phase == PHASE_OUT     ? m.out
                            : phase == PHASE_GATE_UP ? m.gate_up
                            : phase == PHASE_DOWN    ? m.down
                                                     : m.head;
    const uint64_t blocks = phase == PHASE_HEAD ? 0 : model_blocks_of(&m, phase);
    return tiles + (layer * blocks + block) * MODEL_TILE_ROWS * model_columns_of(&m, phase);
}

/* What a phase does with its results: the epilogue. */
struct model_finish {
    const struct gpu_model &m;
    const float *factors; /* of RMSNorm */
    float *own;           /* the program's rows of x, [row blocks][batch][8]; null: in m.x only,
                             because each launch is another program */
    uint32_t phase, layer, t;
    uint32_t first;          /* row block */
    unsigned long long best; /* of the head: the largest result of this thread; they are all of one
                                sequence */

    __device__ __forceinline__ void operator()(uint32_t place, uint32_t b, uint32_t row, float sum,
                                               float second)
    {
        const uint32_t at = (first + place) * MODEL_TILE_ROWS + row;
        const struct model_set set(m, t, layer);
        if (phase == PHASE_QKV) {
            const uint32_t rows = model_raw_rows(&m);
            model_store((uint32_t *)set.raw + b * rows + at, __float_as_uint(sum * factors[b]),
                        set.other, m.batch * rows);
        } else if (phase == PHASE_GATE_UP) {
            const float gate = sum * factors[b], up = second * factors[b];
            const float value = gate / (1 + exp2f(-1.4426950f * gate)) * up;
            const float next = __shfl_down_sync(3u << (threadIdx.x % 32 & ~1u), value, 1);
            const uint32_t to = b * m.mlp + (first + place) / 2 * MODEL_TILE_ROWS + row;
            if (row % 2 == 0) /* two neighbours are one word */
                model_store((uint32_t *)(set.inner + to), model_pack(value, next), set.other,
                            m.batch * m.mlp / 2);
        } else if (phase == PHASE_HEAD) {
            const float logit = sum * factors[b];
            m.logits[((uint64_t)b * m.seq_len + t) * m.vocabulary + at] = logit;
            const unsigned long long key = model_key(logit, at);
            best = key > best ? key : best;
        } else {
            float *kept = own ? own + (place * m.batch + b) * MODEL_TILE_ROWS + row : nullptr;
            const uint32_t all = m.batch * m.hidden;
            float *x = set.x + b * m.hidden + at;
            const bool embed = phase == PHASE_OUT && layer == 0;
            const float old =
                embed  ? model_bf16(m.embedding[model_tile_at(m.hidden, model_token(m, t, b), at)])
                : kept ? *kept
                       : __ldcg(x);
            if (kept)
                *kept = old + sum;
            if (phase == PHASE_DOWN && m.words)
                x += all;
            model_store((uint32_t *)x, __float_as_uint(old + sum), set.other, 2 * all);
        }
    }
};

/* Runs a phase other than attention: `blocks` row blocks from `first` on. The source has begun.
 * own: see struct model_finish. Returns the cycles until the activations were there. */
template <class SOURCE>
static __device__ __forceinline__ uint32_t
model_run_matrix(const struct gpu_model &m, const struct model_shared &shared,
                 const struct model_reader &reader, SOURCE &source, float *own, uint32_t phase,
                 uint32_t layer, uint32_t t, uint32_t first, uint32_t blocks)
{
    const uint32_t columns = model_columns_of(&m, phase);
    struct model_finish finish = {m, shared.factors, own, phase, layer, t, first, 0};
    const struct model_set set(m, t, layer);
    uint32_t waited;
    if (phase == PHASE_HEAD && threadIdx.x < m.batch)
        shared.best[threadIdx.x] = 0;
    model_pad(m.batch, shared, columns);
    if (phase == PHASE_DOWN) {
        waited = model_take(m.batch, shared, reader, set.inner, columns);
    } else if (phase == PHASE_OUT) {
        waited = m.splits > 1 && !reader.words
                     ? model_take_partials(m, shared, set.partials)
                     : model_take(m.batch, shared, reader, set.mixed, columns);
    } else {
        const uint16_t *weights = phase == PHASE_QKV       ? m.attention_norm + layer * m.hidden
                                  : phase == PHASE_GATE_UP ? m.mlp_norm + layer * m.hidden
                                                           : m.final_norm;
        const float *x = phase == PHASE_GATE_UP ? model_x_of(m, t, layer, true)
                         : phase == PHASE_HEAD  ? model_x_of(m, t, m.layers - 1, false)
                         : layer > 0            ? model_x_of(m, t, layer - 1, false)
                                                : nullptr;
        waited = model_take_normed(m, shared, reader, weights, x, t);
    }
    model_matrix(m.batch, shared, source, columns, blocks, phase == PHASE_GATE_UP, finish);
    if (phase != PHASE_HEAD)
        return waited;
    if (finish.best != 0)
        atomicMax(shared.best + threadIdx.x % (m.batch * MODEL_TILE_ROWS) / MODEL_TILE_ROWS,
                  finish.best);
    model_sync();
    if (threadIdx.x < m.batch)
        atomicMax(m.best + t * m.batch + threadIdx.x, shared.best[threadIdx.x]);
    return waited;
}

#endif
