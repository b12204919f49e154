/*
 * model_phase.cuh - the phases of a model's step, by a program of 16 warps: a launch per phase and
 * the persistent kernels run the same code, and differ in who synchronises and how weights arrive.
 *
 * A matrix phase has three parts. The prologue brings the activations of all sequences into shared
 * memory, as bf16. Then each warp multiplies its share of the columns of every row block. The warps
 * add up their sums in shared memory, and the epilogue uses the result.
 *
 * Tensor cores do the products, with the sequences as the rows of the first operand and a row block
 * as the columns of the second: an instruction takes 16 bytes of weights from each of two lanes'
 * registers, whatever BATCH is. Which column is which does not matter as long as both operands
 * agree, so weights need no shuffling.
 *
 * RMSNorm's factor is a number per sequence, so it is applied to the result: W (x w s) = s W (x w).
 */
#ifndef KERNELS_CUDA_MODEL_PHASE_CUH
#define KERNELS_CUDA_MODEL_PHASE_CUH

#include "../model.h"
#include "../plan/model_plan.h"
#include "gpu.cuh"

#define MODEL_THREADS (32 * MODEL_WARPS)

/* ---- shared memory -------------------------------------------------------------------------- */

struct model_shared {
    char *act;                /* activations; in attention: queries, new rows, partial sums */
    float *sums;              /* [2][MODEL_WARPS][row blocks at once][batch][8] */
    float *squares;           /* [batch][MODEL_WARPS]: of RMSNorm */
    float *factors;           /* [batch]: of RMSNorm */
    unsigned long long *best; /* [batch] */
    uint32_t *word;           /* the leader's message to its program */
    char *rest;               /* 128-byte aligned */
};

static __device__ __forceinline__ struct model_shared model_share(char *memory, uint32_t act_bytes,
                                                                  uint32_t batch)
{
    struct model_shared shared;
    shared.act = memory;
    shared.sums = (float *)(memory + act_bytes);
    char *after = memory + act_bytes + model_sums_bytes(batch);
    shared.squares = (float *)after;
    shared.factors = shared.squares + MODEL_BATCH_MOST * MODEL_WARPS;
    shared.best = (unsigned long long *)(shared.factors + MODEL_BATCH_MOST);
    shared.word = (uint32_t *)(shared.best + MODEL_BATCH_MOST);
    shared.rest = after + MODEL_SMALL_BYTES;
    return shared;
}

/* A barrier of the warps that compute. */
static __device__ __forceinline__ void model_sync()
{
    asm volatile("bar.sync 1, %0;" ::"n"(MODEL_THREADS) : "memory");
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Two floats as bf16, `low` in the lower half. */
static __device__ __forceinline__ uint32_t model_pack(float low, float high)
{
    uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

static __device__ __forceinline__ float model_low(uint32_t packed)
{
    return __uint_as_float(packed << 16);
}

static __device__ __forceinline__ float model_high(uint32_t packed)
{
    return __uint_as_float(packed & 0xFFFF0000u);
}

static __device__ __forceinline__ float model_bf16(uint16_t stored)
{
    return __uint_as_float((uint32_t)stored << 16);
}

static __device__ __forceinline__ float model_warp_sum(float value)
{
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2)
        value += __shfl_xor_sync(0xFFFFFFFF, value, distance);
    return value;
}

/* A logit and its index as one word: larger for a larger logit; of equal ones, for a lower index.
 */
static __device__ __forceinline__ unsigned long long model_key(float logit, uint32_t index)
{
    const uint32_t bits = __float_as_uint(logit);
    const uint32_t ordered = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return (unsigned long long)ordered << 32 | ~index;
}

/* The token that a sequence's step t starts with. */
static __device__ __forceinline__ uint32_t model_token(const struct gpu_model &m, uint32_t t,
                                                       uint32_t b)
{
    if (t == 0)
        return m.first[b];
    const uint32_t token = ~(uint32_t)__ldcg(m.best + (t - 1) * m.batch + b);
    return token < m.vocabulary ? token : 0; /* only after a fault */
}

/* Where `column` of a row is, in elements of a matrix in tiles. */
static __device__ __forceinline__ uint64_t model_tile_at(uint32_t columns, uint32_t row,
                                                         uint32_t column)
{
    const uint64_t tile = (uint64_t)(row / MODEL_TILE_ROWS) * (columns / MODEL_TILE_COLUMNS) +
                          column / MODEL_TILE_COLUMNS;
    return tile * (MODEL_TILE_BYTES / 2) + row % MODEL_TILE_ROWS * MODEL_TILE_COLUMNS +
           column % MODEL_TILE_COLUMNS;
}

/* ---- prologues ------------------------------------------------------------------------------ */

/* x (or, at the first layer, the embedding of step t's tokens) times the norm's weights. */
static __device__ __forceinline__ void model_take_normed(const struct gpu_model &m,
                                                         const struct model_shared &shared,
                                                         const uint16_t *weights, bool embed,
                                                         uint32_t t)
{
    const uint32_t stride = model_act_stride(m.hidden);
    float squares[MODEL_BATCH_MOST] = {};
    for (uint32_t d = threadIdx.x * 4; d < m.hidden; d += MODEL_THREADS * 4) {
        const uint2 w = __ldg((const uint2 *)(weights + d));
#pragma unroll
        for (uint32_t b0 = 0; b0 < MODEL_BATCH_MOST; b0 += 4) {
            float4 x[4];
            if (b0 >= m.batch)
                break;
#pragma unroll
            for (uint32_t i = 0; i < 4; i++) {
                const uint32_t b = b0 + i;
                x[i] = make_float4(0, 0, 0, 0);
                if (b >= m.batch)
                    continue;
                if (embed) {
                    const uint2 e =
                        __ldg((const uint2 *)(m.embedding +
                                              model_tile_at(m.hidden, model_token(m, t, b), d)));
                    x[i] = make_float4(model_low(e.x), model_high(e.x), model_low(e.y),
                                       model_high(e.y));
                } else {
                    x[i] = __ldcg((const float4 *)(m.x + (uint64_t)b * m.hidden + d));
                }
            }
#pragma unroll
            for (uint32_t i = 0; i < 4; i++) {
                if (b0 + i >= m.batch)
                    continue;
                squares[b0 + i] +=
                    x[i].x * x[i].x + x[i].y * x[i].y + x[i].z * x[i].z + x[i].w * x[i].w;
                *(uint2 *)(shared.act + (b0 + i) * stride + 2 * d) =
                    make_uint2(model_pack(x[i].x * model_low(w.x), x[i].y * model_high(w.x)),
                               model_pack(x[i].z * model_low(w.y), x[i].w * model_high(w.y)));
            }
        }
    }
#pragma unroll
    for (uint32_t b = 0; b < MODEL_BATCH_MOST; b++) {
        if (b >= m.batch)
            break;
        const float sum = model_warp_sum(squares[b]);
        if (threadIdx.x % 32 == 0)
            shared.squares[b * MODEL_WARPS + threadIdx.x / 32] = sum;
    }
    model_sync();
    /* The epilogue reads the factors after another barrier. */
    if (threadIdx.x < m.batch) {
        float sum = 0;
#pragma unroll
        for (uint32_t warp = 0; warp < MODEL_WARPS; warp++)
            sum += shared.squares[threadIdx.x * MODEL_WARPS + warp];
        shared.factors[threadIdx.x] = rsqrtf(sum / m.hidden + m.epsilon);
    }
}

/* bf16 activations, [batch][columns]. */
static __device__ __forceinline__ void model_take(const struct gpu_model &m,
                                                  const struct model_shared &shared,
                                                  const uint16_t *from, uint32_t columns)
{
    const uint32_t stride = model_act_stride(columns), per_row = columns / 8;
    const uint32_t all = m.batch * per_row;
    for (uint32_t i0 = threadIdx.x; i0 < all; i0 += 4 * MODEL_THREADS) {
        uint4 held[4];
#pragma unroll
        for (uint32_t j = 0; j < 4; j++)
            if (i0 + j * MODEL_THREADS < all)
                held[j] = __ldcg((const uint4 *)from + i0 + j * MODEL_THREADS);
#pragma unroll
        for (uint32_t j = 0; j < 4; j++) {
            const uint32_t i = i0 + j * MODEL_THREADS;
            if (i < all)
                *(uint4 *)(shared.act + i / per_row * stride + i % per_row * 16) = held[j];
        }
    }
    model_sync();
}

/* Attention's output, from the partials of its splits. */
static __device__ __forceinline__ void model_take_partials(const struct gpu_model &m,
                                                           const struct model_shared &shared)
{
    const uint32_t columns = m.heads * m.head_dim, stride = model_act_stride(columns);
    const uint32_t quads = m.head_dim / 4, all = m.batch * m.heads * quads;
    const float2 *statistics =
        (const float2 *)(m.partials + (uint64_t)m.batch * m.heads * m.splits * m.head_dim);
    for (uint32_t i = threadIdx.x; i < all; i += MODEL_THREADS) {
        const uint32_t quad = i % quads, head = i / quads % m.heads, b = i / quads / m.heads;
        const uint32_t pair = b * m.kv_heads + head / m.group, member = head % m.group;
        float4 sum = make_float4(0, 0, 0, 0);
        float most = -1e30f, weight = 0;
#pragma unroll 4
        for (uint32_t split = 0; split < m.splits; split++) {
            const uint32_t at = (pair * m.splits + split) * m.group + member;
            const float2 own = __ldcg(statistics + at);
            const float4 out = __ldcg((const float4 *)m.partials + (uint64_t)at * quads + quad);
            const float next = fmaxf(most, own.x);
            const float old_scale = exp2f(most - next), own_scale = exp2f(own.x - next);
            most = next;
            weight = weight * old_scale + own.y * own_scale;
            sum.x = sum.x * old_scale + out.x * own_scale;
            sum.y = sum.y * old_scale + out.y * own_scale;
            sum.z = sum.z * old_scale + out.z * own_scale;
            sum.w = sum.w * old_scale + out.w * own_scale;
        }
        const float over = 1 / weight;
        *(uint2 *)(shared.act + b * stride + (head * m.head_dim + 4 * quad) * 2) = make_uint2(
            model_pack(sum.x * over, sum.y * over), model_pack(sum.z * over, sum.w * over));
    }
    model_sync();
}

/* ---- weights -------------------------------------------------------------------------------- */

/* The tiles of a range of row blocks that one warp multiplies, in order: of each row block, every
 * 16th from its own number on. */
struct model_walk {
    uint32_t tiles;    /* per row block */
    uint32_t per_warp; /* of them, the most for a warp: the loop is the same for all warps */
    uint32_t k;        /* within the row block; `tiles` or more: none */
    uint32_t at;       /* the row block's first tile, from the range's begin */
    uint32_t apart;    /* tiles from one row block to the next */

    __device__ __forceinline__ void begin(uint32_t columns, uint32_t warp,
                                          uint32_t blocks_apart = 1)
    {
        tiles = columns / MODEL_TILE_COLUMNS;
        apart = tiles * blocks_apart;
        per_warp = (tiles + MODEL_WARPS - 1) / MODEL_WARPS;
        k = warp;
        at = 0;
    }
    /* The next tile; after the row block's last one, the first of the next row block. */
    __device__ __forceinline__ void next(uint32_t warp)
    {
        k += MODEL_WARPS;
        if (k - warp >= per_warp * MODEL_WARPS) {
            k = warp;
            at += apart;
        }
    }
};

/* Weights straight from memory to registers, a few tiles ahead. */
template <int DEPTH> struct model_direct {
    static constexpr int depth = DEPTH;
    const uint4 *matrix; /* of the range's begin, plus the lane */
    struct model_walk ahead;
    uint32_t left; /* tiles not yet requested */
    uint32_t warp;
    uint4 held[DEPTH];

    __device__ __forceinline__ void request(int slot)
    {
        held[slot] = make_uint4(0, 0, 0, 0);
        if (left == 0)
            return;
        left--;
        if (ahead.k < ahead.tiles) {
            const uint4 *from = matrix + (uint64_t)(ahead.at + ahead.k) * 32;
            asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                         : "=r"(held[slot].x), "=r"(held[slot].y), "=r"(held[slot].z),
                           "=r"(held[slot].w)
                         : "l"(from));
        }
        ahead.next(warp);
    }
    __device__ __forceinline__ void begin(const uint16_t *tiles, uint32_t columns, uint32_t blocks,
                                          uint32_t apart = 1)
    {
        warp = threadIdx.x / 32;
        matrix = (const uint4 *)tiles + threadIdx.x % 32;
        ahead.begin(columns, warp, apart);
        left = blocks * ahead.per_warp;
#pragma unroll
        for (int slot = 0; slot < DEPTH; slot++)
            request(slot);
    }
    __device__ __forceinline__ uint4 take(int slot, const struct model_walk &walk)
    {
        const uint4 taken = held[slot];
        request(slot);
        return taken;
    }
    __device__ __forceinline__ void end()
    {
    }
};

/* ---- a matrix ------------------------------------------------------------------------------- */

/* Adds to sums[sequence][row of the block] the product of 32 columns. */
static __device__ __forceinline__ void model_multiply(float sums[4], const uint4 act,
                                                      const uint4 weights)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %5}, {%7, %8}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(act.x), "r"(0), "r"(act.y), "r"(weights.x), "r"(weights.y));
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %5}, {%7, %8}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(act.z), "r"(0), "r"(act.w), "r"(weights.z), "r"(weights.w));
}

/*
 * Multiplies `blocks` row blocks of a matrix by the activations in shared memory. The source has
 * begun and delivers the weights. Calls epilogue(place, b, row, sums): the row block from the
 * range's begin, the sequence, the row in the block, and the sums of PAIRED + 1 neighbouring row
 * blocks, of which `place` is the first.
 */
template <bool PAIRED, class SOURCE, class EPILOGUE>
static __device__ __forceinline__ void
model_matrix(const struct gpu_model &m, const struct model_shared &shared, SOURCE &source,
             uint32_t columns, uint32_t blocks, const EPILOGUE &epilogue)
{
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, b = lane / 4;
    const uint32_t at_once = model_blocks_at_once(m.batch), outputs = m.batch * MODEL_TILE_ROWS;
    const char *act = shared.act + b * model_act_stride(columns) + lane % 4 * 16;
    float *sums = shared.sums;
    float held[4] = {};
    struct model_walk walk;
    walk.begin(columns, warp);
    uint32_t block = 0, of_block = 0; /* the row block, and this warp's tiles of it done */
    const uint32_t all = blocks * walk.per_warp;
    for (uint32_t n0 = 0; n0 < all; n0 += SOURCE::depth) {
#pragma unroll
        for (int slot = 0; slot < SOURCE::depth; slot++) {
            if (n0 + slot >= all)
                break;
            const uint4 weights = source.take(slot, walk);
            if (walk.k < walk.tiles) {
                uint4 x = make_uint4(0, 0, 0, 0);
                if (b < m.batch)
                    x = *(const uint4 *)(act + walk.k * (MODEL_TILE_COLUMNS * 2));
                model_multiply(held, x, weights);
            }
            walk.next(warp);
            if (++of_block < walk.per_warp)
                continue;
            of_block = 0;
            const uint32_t place = block % at_once;
            if (b < m.batch)
                *(float2 *)(sums + (warp * at_once + place) * outputs + b * MODEL_TILE_ROWS +
                            lane % 4 * 2) = make_float2(held[0], held[1]);
            held[0] = held[1] = held[2] = held[3] = 0;
            block++;
            if (place + 1 < at_once && block < blocks)
                continue;
            model_sync();
            const uint32_t first = block - place - 1;
            const uint32_t results = (place + 1) / (PAIRED ? 2 : 1) * outputs;
            if (threadIdx.x < results) {
                const uint32_t i = threadIdx.x / outputs, output = threadIdx.x % outputs;
                const float *from = sums + i * (PAIRED ? 2 : 1) * outputs + output;
                float result[2] = {};
#pragma unroll
                for (uint32_t w = 0; w < MODEL_WARPS; w++) {
                    result[0] += from[w * at_once * outputs];
                    if (PAIRED)
                        result[1] += from[w * at_once * outputs + outputs];
                }
                epilogue(first + i * (PAIRED ? 2 : 1), output / MODEL_TILE_ROWS,
                         output % MODEL_TILE_ROWS, result);
            }
            /* The other half: a warp that writes it has passed the barrier after its last use. */
            sums =
                sums == shared.sums ? shared.sums + MODEL_WARPS * at_once * outputs : shared.sums;
        }
    }
    source.end();
}

/* ---- attention ------------------------------------------------------------------------------ */

#define MODEL_HEADS_AT_ONCE 4u

/* A head's q or k, normalised if `weights` are given, and turned by its position: element
 * lane + 32 i in values[i]. */
template <int DIM>
static __device__ __forceinline__ void model_turn(const struct gpu_model &m, const float *raw,
                                                  const uint16_t *weights, const float *rope,
                                                  uint32_t lane, float values[(DIM + 31) / 32])
{
    constexpr int count = DIM / 32;
#pragma unroll
    for (int i = 0; i < count; i++)
        values[i] = __ldcg(raw + lane + 32 * i);
    if (weights) {
        float squares = 0;
#pragma unroll
        for (int i = 0; i < count; i++)
            squares += values[i] * values[i];
        const float factor = rsqrtf(model_warp_sum(squares) / DIM + m.epsilon);
#pragma unroll
        for (int i = 0; i < count; i++)
            values[i] *= factor * model_bf16(weights[lane + 32 * i]);
    }
    if constexpr (count == 1) {
        const float other = __shfl_xor_sync(0xFFFFFFFF, values[0], DIM / 2);
        const float2 turn = ((const float2 *)rope)[lane % (DIM / 2)];
        values[0] = lane < DIM / 2 ? values[0] * turn.x - other * turn.y
                                   : values[0] * turn.x + other * turn.y;
    } else {
#pragma unroll
        for (int i = 0; i < count / 2; i++) {
            const float2 turn = ((const float2 *)rope)[lane + 32 * i];
            const float low = values[i], high = values[i + count / 2];
            values[i] = low * turn.x - high * turn.y;
            values[i + count / 2] = high * turn.x + low * turn.y;
        }
    }
}

/* Eight elements of a K or V row. */
static __device__ __forceinline__ void model_unpack(const uint4 &packed, float values[8])
{
    values[0] = model_low(packed.x), values[1] = model_high(packed.x);
    values[2] = model_low(packed.y), values[3] = model_high(packed.y);
    values[4] = model_low(packed.z), values[5] = model_high(packed.z);
    values[6] = model_low(packed.w), values[7] = model_high(packed.w);
}

/*
 * Part `item` of a layer's attention, item = (b * kv_heads + g) * splits + split: the query heads
 * of K/V head g over the split's rows. PREPARED: q is ready in `raw`, and the cache has the new
 * row. Otherwise q and the new row are made here, and the split that ends with the new row appends
 * it.
 */
template <int DIM, bool PREPARED>
static __device__ __noinline__ void model_attend(const struct gpu_model &m,
                                                 const struct model_shared &shared, uint32_t layer,
                                                 uint32_t t, uint32_t item)
{
    constexpr uint32_t lanes = DIM / 8, groups = 32 / lanes; /* lanes per row; rows per warp */
    constexpr uint32_t stride = DIM + 2;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const uint32_t split = item % m.splits, pair = item / m.splits;
    const uint32_t b = pair / m.kv_heads, g = pair % m.kv_heads;
    const uint32_t position = m.context + t, rows = position + 1;
    const uint32_t from = (uint32_t)((uint64_t)rows * split / m.splits);
    const uint32_t to = (uint32_t)((uint64_t)rows * (split + 1) / m.splits);
    const bool newest = !PREPARED && to == rows;
    const float *raw = m.raw + (uint64_t)b * (m.heads + 2 * m.kv_heads) * DIM;
    const float *rope = m.rope + (uint64_t)t * DIM;
    const uint64_t head_at = (((uint64_t)layer * m.batch + b) * m.kv_heads + g) * m.rows * DIM;
    const uint16_t *keys = m.cache[0] + head_at, *values = m.cache[1] + head_at;
    float *queries = (float *)shared.act;                                /* [heads at once][DIM] */
    uint16_t *fresh = (uint16_t *)(queries + MODEL_HEADS_AT_ONCE * DIM); /* K, V: [2][DIM] */
    float *parts = (float *)(fresh + 2 * DIM); /* [warps][heads at once][stride] */

    for (uint32_t head0 = 0; head0 < m.group; head0 += MODEL_HEADS_AT_ONCE) {
        const uint32_t heads = min(m.group - head0, MODEL_HEADS_AT_ONCE);
        /* The first rows do not depend on what this step computes. */
        const uint32_t own = from + warp * groups + lane / lanes;
        uint4 k = make_uint4(0, 0, 0, 0), v = k;
        if (own < to && (own < position || PREPARED)) {
            k = __ldcg((const uint4 *)(keys + (uint64_t)own * DIM) + lane % lanes);
            v = __ldcg((const uint4 *)(values + (uint64_t)own * DIM) + lane % lanes);
        }
        if (warp < heads) {
            const uint32_t head = g * m.group + head0 + warp;
            float q[DIM / 32];
            if (PREPARED) {
#pragma unroll
                for (int i = 0; i < DIM / 32; i++)
                    q[i] = __ldcg(raw + head * DIM + lane + 32 * i);
            } else {
                model_turn<DIM>(m, raw + head * DIM, m.qk_norm ? m.q_norm + layer * DIM : nullptr,
                                rope, lane, q);
            }
#pragma unroll
            for (int i = 0; i < DIM / 32; i++)
                queries[warp * DIM + lane + 32 * i] = q[i] * m.scale;
        } else if (newest && (warp == MODEL_WARPS - 1 || warp == MODEL_WARPS - 2)) {
            const uint32_t side = MODEL_WARPS - 1 - warp;
            const float *row = raw + (m.heads + side * m.kv_heads + g) * DIM;
            float element[DIM / 32];
            if (side == 0) {
                model_turn<DIM>(m, row, m.qk_norm ? m.k_norm + layer * DIM : nullptr, rope, lane,
                                element);
            } else {
#pragma unroll
                for (int i = 0; i < DIM / 32; i++)
                    element[i] = __ldcg(row + lane + 32 * i);
            }
            uint16_t *appended = m.cache[side] + head_at + (uint64_t)position * DIM;
#pragma unroll
            for (int i = 0; i < DIM / 32; i++) {
                const uint16_t stored = (uint16_t)model_pack(element[i], 0);
                fresh[side * DIM + lane + 32 * i] = stored;
                appended[lane + 32 * i] = stored;
            }
        }
        model_sync();

        float q[MODEL_HEADS_AT_ONCE][8], out[MODEL_HEADS_AT_ONCE][8] = {};
        float most[MODEL_HEADS_AT_ONCE], weight[MODEL_HEADS_AT_ONCE] = {};
#pragma unroll
        for (uint32_t h = 0; h < MODEL_HEADS_AT_ONCE; h++) {
            most[h] = -1e30f;
#pragma unroll
            for (int i = 0; i < 8; i++)
                q[h][i] = h < heads ? queries[h * DIM + lane % lanes * 8 + i] : 0;
        }
        for (uint32_t row0 = from; row0 < to; row0 += MODEL_WARPS * groups) {
            const uint32_t row = row0 + warp * groups + lane / lanes;
            const bool valid = row < to;
            float key[8], value[8];
            if (newest && row == position) {
                k = *((const uint4 *)fresh + lane % lanes);
                v = *((const uint4 *)(fresh + DIM) + lane % lanes);
            }
            model_unpack(k, key);
            model_unpack(v, value);
            const uint32_t next = row + MODEL_WARPS * groups;
            if (next < to && (next < position || PREPARED)) {
                k = __ldcg((const uint4 *)(keys + (uint64_t)next * DIM) + lane % lanes);
                v = __ldcg((const uint4 *)(values + (uint64_t)next * DIM) + lane % lanes);
            }
#pragma unroll
            for (uint32_t h = 0; h < MODEL_HEADS_AT_ONCE; h++) {
                if (h >= heads)
                    break;
                float score = 0;
#pragma unroll
                for (int i = 0; i < 8; i++)
                    score += q[h][i] * key[i];
#pragma unroll
                for (uint32_t distance = lanes / 2; distance > 0; distance /= 2)
                    score += __shfl_xor_sync(0xFFFFFFFF, score, distance);
                if (!valid)
                    continue;
                const float largest = fmaxf(most[h], score);
                const float scale = exp2f(most[h] - largest), own_weight = exp2f(score - largest);
                most[h] = largest;
                weight[h] = weight[h] * scale + own_weight;
#pragma unroll
                for (int i = 0; i < 8; i++)
                    out[h][i] = out[h][i] * scale + own_weight * value[i];
            }
        }
#pragma unroll
        for (uint32_t h = 0; h < MODEL_HEADS_AT_ONCE; h++) {
            if (h >= heads)
                break;
            float largest = most[h];
#pragma unroll
            for (uint32_t distance = lanes; distance < 32; distance *= 2)
                largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFF, largest, distance));
            const float scale = exp2f(most[h] - largest);
            weight[h] *= scale;
#pragma unroll
            for (uint32_t distance = lanes; distance < 32; distance *= 2)
                weight[h] += __shfl_xor_sync(0xFFFFFFFF, weight[h], distance);
            float *part = parts + (warp * MODEL_HEADS_AT_ONCE + h) * stride;
#pragma unroll
            for (int i = 0; i < 8; i++) {
                out[h][i] *= scale;
#pragma unroll
                for (uint32_t distance = lanes; distance < 32; distance *= 2)
                    out[h][i] += __shfl_xor_sync(0xFFFFFFFF, out[h][i], distance);
                if (lane < lanes)
                    part[lane * 8 + i] = out[h][i];
            }
            if (lane == 0)
                part[DIM] = largest, part[DIM + 1] = weight[h];
        }
        model_sync();
        for (uint32_t i = threadIdx.x; i < heads * DIM; i += MODEL_THREADS) {
            const uint32_t h = i / DIM, d = i % DIM, member = head0 + h;
            const float *part = parts + h * stride;
            float largest = -1e30f, sum = 0, total = 0;
#pragma unroll
            for (uint32_t w = 0; w < MODEL_WARPS; w++)
                largest = fmaxf(largest, part[w * MODEL_HEADS_AT_ONCE * stride + DIM]);
#pragma unroll
            for (uint32_t w = 0; w < MODEL_WARPS; w++) {
                const float *own_part = part + w * MODEL_HEADS_AT_ONCE * stride;
                const float scale = exp2f(own_part[DIM] - largest);
                total += own_part[DIM + 1] * scale;
                sum += own_part[d] * scale;
            }
            if (m.splits == 1) {
                m.mixed[((uint64_t)b * m.heads + g * m.group + member) * DIM + d] =
                    (uint16_t)model_pack(sum / total, 0);
                continue;
            }
            const uint64_t at = (uint64_t)item * m.group + member;
            m.partials[at * DIM + d] = sum;
            if (d == 0)
                ((float2 *)(m.partials + (uint64_t)m.batch * m.heads * m.splits * DIM))[at] =
                    make_float2(largest, total);
        }
        model_sync();
    }
}

/* ---- the phases ----------------------------------------------------------------------------- */

/* The matrix of a phase: its tiles from row block `block` on, and its columns. */
struct model_matrix_of {
    const uint16_t *tiles;
    uint32_t columns;

    __device__ __forceinline__ model_matrix_of(const struct gpu_model &m, uint32_t phase,
                                               uint32_t layer, uint32_t block)
    {
        const uint32_t q_rows = m.heads * m.head_dim;
        uint32_t rows = m.hidden;
        columns = m.hidden;
        switch (phase) {
        case PHASE_QKV:
            rows = q_rows + 2 * m.kv_heads * m.head_dim;
            tiles = m.qkv;
            break;
        case PHASE_OUT:
            columns = q_rows;
            tiles = m.out;
            break;
        case PHASE_GATE_UP:
            rows = 2 * m.mlp;
            tiles = m.gate_up;
            break;
        case PHASE_DOWN:
            columns = m.mlp;
            tiles = m.down;
            break;
        default:
            rows = 0;
            tiles = m.head;
        }
        tiles += ((uint64_t)layer * rows + (uint64_t)block * MODEL_TILE_ROWS) * columns;
    }
};

/* Where the rows of x that a program owns live between phases: in global memory, because each
 * launch is another program. */
struct model_x_global {
    const struct gpu_model &m;

    __device__ __forceinline__ float load(uint32_t place, uint32_t b, uint32_t row, uint32_t at)
    {
        return __ldcg(m.x + (uint64_t)b * m.hidden + at);
    }
    __device__ __forceinline__ void store(uint32_t place, uint32_t b, uint32_t row, float value)
    {
    }
};

/* The same of a persistent program, which owns the same rows in all layers: in shared memory. */
struct model_x_shared {
    float *own; /* [row blocks][batch][8] */
    uint32_t batch;

    __device__ __forceinline__ float load(uint32_t place, uint32_t b, uint32_t row, uint32_t at)
    {
        return own[(place * batch + b) * MODEL_TILE_ROWS + row];
    }
    __device__ __forceinline__ void store(uint32_t place, uint32_t b, uint32_t row, float value)
    {
        own[(place * batch + b) * MODEL_TILE_ROWS + row] = value;
    }
};

/* Runs a phase other than attention: `blocks` row blocks from `first` on. The source has begun. X:
 * where the program's rows of x are. */
template <class SOURCE, class X>
static __device__ __forceinline__ void
model_run_matrix(const struct gpu_model &m, const struct model_shared &shared, SOURCE &source,
                 X &own, uint32_t phase, uint32_t layer, uint32_t t, uint32_t first,
                 uint32_t blocks)
{
    const uint32_t q_rows = m.heads * m.head_dim, row0 = first * MODEL_TILE_ROWS;
    switch (phase) {
    case PHASE_QKV: {
        const uint32_t rows = q_rows + 2 * m.kv_heads * m.head_dim;
        model_take_normed(m, shared, m.attention_norm + (uint64_t)layer * m.hidden, layer == 0, t);
        model_matrix<false>(m, shared, source, m.hidden, blocks,
                            [&](uint32_t place, uint32_t b, uint32_t row, const float *sums) {
                                m.raw[(uint64_t)b * rows + row0 + place * MODEL_TILE_ROWS + row] =
                                    sums[0] * shared.factors[b];
                            });
        return;
    }
    case PHASE_OUT:
    case PHASE_DOWN: {
        const bool down = phase == PHASE_DOWN;
        if (down)
            model_take(m, shared, m.inner, m.mlp);
        else if (m.splits > 1)
            model_take_partials(m, shared);
        else
            model_take(m, shared, m.mixed, q_rows);
        model_matrix<false>(
            m, shared, source, down ? m.mlp : q_rows, blocks,
            [&](uint32_t place, uint32_t b, uint32_t row, const float *sums) {
                const uint32_t at = row0 + place * MODEL_TILE_ROWS + row;
                const float old =
                    layer == 0 && !down
                        ? model_bf16(m.embedding[model_tile_at(m.hidden, model_token(m, t, b), at)])
                        : own.load(place, b, row, at);
                const float x = old + sums[0];
                own.store(place, b, row, x);
                m.x[(uint64_t)b * m.hidden + at] = x;
            });
        return;
    }
    case PHASE_GATE_UP:
        model_take_normed(m, shared, m.mlp_norm + (uint64_t)layer * m.hidden, false, t);
        model_matrix<true>(m, shared, source, m.hidden, blocks,
                           [&](uint32_t place, uint32_t b, uint32_t row, const float *sums) {
                               const float gate = sums[0] * shared.factors[b];
                               const float up = sums[1] * shared.factors[b];
                               const uint32_t at = (first + place) / 2 * MODEL_TILE_ROWS + row;
                               m.inner[(uint64_t)b * m.mlp + at] = (uint16_t)model_pack(
                                   gate / (1 + exp2f(-1.4426950f * gate)) * up, 0);
                           });
        return;
    default: {
        unsigned long long best = 0;
        if (threadIdx.x < m.batch)
            shared.best[threadIdx.x] = 0;
        model_take_normed(m, shared, m.final_norm, false, t);
        model_matrix<false>(m, shared, source, m.hidden, blocks,
                            [&](uint32_t place, uint32_t b, uint32_t row, const float *sums) {
                                const uint32_t token = row0 + place * MODEL_TILE_ROWS + row;
                                const float logit = sums[0] * shared.factors[b];
                                m.logits[((uint64_t)b * m.seq_len + t) * m.vocabulary + token] =
                                    logit;
                                const unsigned long long key = model_key(logit, token);
                                best = key > best ? key : best;
                            });
        /* A thread's results are all of one sequence. */
        const uint32_t outputs = m.batch * MODEL_TILE_ROWS;
        if (best != 0)
            atomicMax(shared.best + threadIdx.x % outputs / MODEL_TILE_ROWS, best);
        model_sync();
        if (threadIdx.x < m.batch)
            atomicMax(m.best + t * m.batch + threadIdx.x, shared.best[threadIdx.x]);
    }
    }
}

#endif
