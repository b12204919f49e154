/*
 * model_phase.cuh - the phases of a model's step. The persistent kernels and the kernels that run
 * one phase per launch share this code. These kernels differ in how programs synchronise and how
 * weights arrive.
 *
 * A matrix phase has three parts. The prologue brings the activations of all sequences into shared
 * memory, as bf16. Then each warp multiplies its share of the columns of every row block. The
 * warps' sums are added in shared memory, and the epilogue processes the results.
 */
#ifndef KERNELS_CUDA_MODEL_PHASE_CUH
#define KERNELS_CUDA_MODEL_PHASE_CUH

#include "model_attend.cuh"
#include "model_matrix.cuh"
#include "model_prologue.cuh"

/* ---- the phases ----------------------------------------------------------------------------- */

/* Returns the tiles of a phase's matrix, from row block `block` on. */
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

/* The epilogue: processes and stores a phase's results. A program constructs this struct before the
 * activations arrive, so that it computes addresses while it waits. */
struct model_finish {
    const struct gpu_model &m;
    const float *factors; /* of RMSNorm */
    float *own; /* the program's rows of x, [row blocks][batch][8], in shared memory; null: x is
                   only in m.x, because shared memory does not outlive a launch */
    uint32_t batch, phase, layer, t;
    uint32_t first;          /* the program's first row block */
    uint32_t *to;            /* the result of row 0 of sequence 0 */
    uint64_t sequence;       /* words from one sequence's results to the next sequence's */
    int64_t other;           /* words to the next step's result; 0: all steps use the same words */
    unsigned long long best; /* in the head: the largest key of this thread's results, which all
                                belong to one sequence */

    __device__ __forceinline__ model_finish(const struct gpu_model &m, uint32_t batch,
                                            const float *factors, float *own, uint32_t phase,
                                            uint32_t layer, uint32_t t, uint32_t first)
        : m(m), factors(factors), own(own), batch(batch), phase(phase), layer(layer), t(t),
          first(first), best(0)
    {
        const struct model_set set(m, t, layer);
        if (phase == PHASE_QKV) {
            sequence = model_raw_rows(&m);
            to = (uint32_t *)set.raw;
            other = set.other * batch * sequence;
        } else if (phase == PHASE_GATE_UP) {
            sequence = m.mlp / 2;
            to = (uint32_t *)set.inner;
            other = set.other * batch * sequence;
        } else if (phase == PHASE_HEAD) {
            sequence = (uint64_t)m.seq_len * m.vocabulary;
            to = (uint32_t *)m.logits + (uint64_t)t * m.vocabulary;
            other = 0;
        } else {
            sequence = m.hidden;
            to = (uint32_t *)set.x + (phase == PHASE_DOWN && m.words ? batch * m.hidden : 0);
            other = set.other * 2 * batch * sequence;
        }
        asm volatile("" : "+l"(to), "+l"(sequence), "+l"(other));
    }
    __device__ __forceinline__ void operator()(uint32_t place, uint32_t b, uint32_t row, float sum,
                                               float second)
    {
        const uint32_t at = (first + place) * MODEL_TILE_ROWS + row;
        uint32_t *const word = to + b * sequence;
        if (phase == PHASE_QKV) {
            model_store(word + at, __float_as_uint(sum * factors[b]), other);
        } else if (phase == PHASE_GATE_UP) {
            const float gate = sum * factors[b], up = second * factors[b];
            const float value = gate / (1 + exp2f(-1.4426950f * gate)) * up;
            const float next = __shfl_down_sync(3u << (threadIdx.x % 32 & ~1u), value, 1);
            if (row % 2 == 0) /* two neighbouring elements share a word */
                model_store(word + ((first + place) / 2 * MODEL_TILE_ROWS + row) / 2,
                            model_pack(value, next), other);
        } else if (phase == PHASE_HEAD) {
            const float logit = sum * factors[b];
            word[at] = __float_as_uint(logit);
            const unsigned long long key = model_key(logit, at);
            best = key > best ? key : best;
        } else {
            float *kept = own ? own + (place * batch + b) * MODEL_TILE_ROWS + row : nullptr;
            const bool embed = phase == PHASE_OUT && layer == 0;
            const float old =
                embed  ? model_bf16(m.embedding[model_tile_at(m.hidden, model_token(m, t, b), at)])
                : kept ? *kept
                       : __ldcg((const float *)word + at);
            if (kept)
                *kept = old + sum;
            model_store(word + at, __float_as_uint(old + sum), other);
        }
    }
};

/* Runs a phase other than attention: `blocks` row blocks from `first` on. The source has been
 * started. own: see struct model_finish. */
template <uint32_t MOST, class SOURCE>
static __device__ __forceinline__ struct model_arrival
model_run_matrix(const struct gpu_model &m, uint32_t batch, const struct model_shared &shared,
                 const struct model_reader &reader, SOURCE &source, float *own, uint32_t phase,
                 uint32_t layer, uint32_t t, uint32_t first, uint32_t blocks)
{
    const uint32_t columns = model_columns_of(&m, phase);
    const bool paired = phase == PHASE_GATE_UP;
    struct model_finish finish(m, batch, shared.factors, own, phase, layer, t, first);
    const struct model_lane lane(shared, batch, columns, paired);
    const struct model_set set(m, t, layer);
    struct model_arrival arrival = {0, false};
    if (phase == PHASE_HEAD && threadIdx.x < batch)
        shared.best[threadIdx.x] = 0;
    model_pad(batch, shared, columns);
    if (phase == PHASE_DOWN) {
        arrival = model_take<MOST>(batch, shared, reader, set.inner, columns);
    } else if (phase == PHASE_OUT && m.splits > 1 && !reader.words) {
        model_take_partials(m, shared, set.partials);
    } else if (phase == PHASE_OUT) {
        arrival = model_take<MOST>(batch, shared, reader, set.mixed, columns);
    } else {
        const uint16_t *weights = phase == PHASE_QKV       ? m.attention_norm + layer * m.hidden
                                  : phase == PHASE_GATE_UP ? m.mlp_norm + layer * m.hidden
                                                           : m.final_norm;
        const float *x = phase == PHASE_GATE_UP ? model_x_of(m, t, layer, true)
                         : phase == PHASE_HEAD  ? model_x_of(m, t, m.layers - 1, false)
                         : layer > 0            ? model_x_of(m, t, layer - 1, false)
                                                : nullptr;
        arrival = model_take_normed<MOST>(m, batch, shared, reader, weights, x, t);
    }
    if (arrival.left)
        return arrival;
    model_matrix<MOST>(batch, shared, lane, source, columns, blocks, paired, finish);
    if (phase != PHASE_HEAD)
        return arrival;
    if (finish.best != 0)
        atomicMax(shared.best + threadIdx.x % (batch * MODEL_TILE_ROWS) / MODEL_TILE_ROWS,
                  finish.best);
    model_sync();
    if (threadIdx.x < batch)
        atomicMax(m.best + t * batch + threadIdx.x, shared.best[threadIdx.x]);
    return arrival;
}

#endif
