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
    char *zeros;              /* 16 bytes */
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
    shared.zeros = (char *)(shared.word + 4);
    if (threadIdx.x == 0)
        *(uint4 *)shared.zeros = make_uint4(0, 0, 0, 0); /* seen after the next barrier */
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

/* Zeros from the end of each sequence's activations to the end of the last group. */
static __device__ __forceinline__ void
model_pad(const struct gpu_model &m, const struct model_shared &shared, uint32_t columns)
{
    const uint32_t end = model_groups(columns) * MODEL_GROUP_COLUMNS;
    for (uint32_t d = columns + threadIdx.x * 2; d < end; d += MODEL_THREADS * 2)
        for (uint32_t b = 0; b < m.batch; b++)
            *(uint32_t *)(shared.act + b * model_act_stride(columns) + 2 * d) = 0;
}

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

/*
 * A group is 32 neighbouring tiles of a row block, two per warp: warp w has tiles w and w + 16. A
 * row block's last group may have fewer; a row block of n * 1,024 columns has whole ones. Groups
 * are delivered by a source:
 *
 *     take(first, second)   the warp's two tiles of the next group; a missing one is finite
 *     taken()               they are in registers
 *     end()                 the range is done
 */
static __device__ __forceinline__ uint4 model_load_shared(uint32_t at)
{
    uint4 value;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "r"(at)
                 : "memory");
    return value;
}

/* Weights straight from memory, some groups ahead, by asynchronous copies to a ring per warp. A
 * lane copies the 16 bytes that it reads itself, so the ring needs no barrier. Beyond the end of a
 * row block lie other weights. */
template <int DEPTH> struct model_direct {
    static constexpr uint32_t step = 2 * MODEL_TILE_BYTES;
    const char *next;      /* the lane's 16 bytes of the next group */
    int64_t skip;          /* from a row block's end, in whole groups, to the next row block */
    uint32_t left;         /* groups not yet requested */
    uint32_t part, groups; /* of the next group in its row block */
    uint32_t ring, slot; /* shared addresses: the lane's place in the first slot, and in the next */

    __device__ __forceinline__ model_direct(char *memory)
        : ring((uint32_t)__cvta_generic_to_shared(memory) + threadIdx.x / 32 * DEPTH * step +
               threadIdx.x % 32 * 16),
          slot(ring)
    {
    }
    __device__ __forceinline__ void request()
    {
        if (left > 0) {
            left--;
            gpu_copy16_to(slot, next, true);
            gpu_copy16_to(slot + MODEL_TILE_BYTES, next + MODEL_GROUP_BYTES / 2, true);
            next += MODEL_GROUP_BYTES;
            if (++part == groups) {
                part = 0;
                next += skip;
            }
        }
        gpu_copy_commit();
        slot = slot == ring + (DEPTH - 1) * step ? ring : slot + step;
    }
    /* apart: row blocks from one that is wanted to the next. */
    __device__ __forceinline__ void begin(const uint16_t *from, uint32_t columns, uint32_t blocks,
                                          uint32_t apart = 1)
    {
        next = (const char *)from + threadIdx.x / 32 * MODEL_TILE_BYTES + threadIdx.x % 32 * 16;
        groups = model_groups(columns);
        part = 0;
        skip =
            (int64_t)columns * (MODEL_TILE_ROWS * 2) * apart - (int64_t)groups * MODEL_GROUP_BYTES;
        left = blocks * groups;
        slot = ring;
#pragma unroll
        for (int i = 0; i < DEPTH; i++)
            request();
    }
    __device__ __forceinline__ void take(uint4 &first, uint4 &second)
    {
        gpu_copy_wait<DEPTH - 1>();
        first = model_load_shared(slot);
        second = model_load_shared(slot + MODEL_TILE_BYTES);
    }
    __device__ __forceinline__ void taken()
    {
        request();
    }
    __device__ __forceinline__ void end()
    {
        gpu_copy_wait<0>();
    }
};

/* ---- a matrix ------------------------------------------------------------------------------- */

/* Adds to sums[sequence][row of the block] the product of 32 columns. */
static __device__ __forceinline__ void model_multiply(float sums[4], const uint4 &act,
                                                      const uint4 &weights)
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
 * begun and delivers the weights. FINISH uses the results: finish(place, b, row, sum, second), with
 * the row block from the range's begin, the sequence, the row in the block, and its sum; if
 * `paired`, only even places, with the sum of the next one as `second`.
 */
template <class SOURCE, class FINISH>
static __device__ __forceinline__ void
model_matrix(uint32_t batch, const struct model_shared &shared, SOURCE &source, uint32_t columns,
             uint32_t blocks, bool paired, FINISH &finish)
{
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, b = lane / 4;
    const uint32_t at_once = model_blocks_at_once(batch), outputs = batch * MODEL_TILE_ROWS;
    const uint32_t groups = model_groups(columns), step = paired ? 2 : 1;
    constexpr uint32_t apart = MODEL_WARPS * MODEL_TILE_COLUMNS * 2; /* a group's two tiles */
    /* Lanes of sequences that do not exist read zeros, always the same. */
    const uint32_t act = (uint32_t)__cvta_generic_to_shared(shared.act);
    const uint32_t second_at = b < batch ? apart : 0, act_step = 2 * second_at;
    const uint32_t from = b < batch ? act + b * model_act_stride(columns) + lane % 4 * 16 +
                                          warp * (MODEL_TILE_COLUMNS * 2)
                                    : (uint32_t)__cvta_generic_to_shared(shared.zeros);
    const uint32_t i = threadIdx.x / outputs * step, output = threadIdx.x % outputs;
    const uint32_t half = MODEL_WARPS * at_once * outputs; /* floats */
    float *to = shared.sums + warp * at_once * outputs + b * MODEL_TILE_ROWS + lane % 4 * 2;
    const float *of = shared.sums + i * outputs + output;
    for (uint32_t block = 0, flip = 0; block < blocks; block += at_once, flip ^= 1) {
        const uint32_t count = min(blocks - block, at_once);
        float *place = to + (flip ? half : 0);
#pragma unroll 1
        for (uint32_t left = count; left > 0; left--, place += outputs) {
            float held[4] = {}, other[4] = {};
            uint32_t at = from;
#pragma unroll 1
            for (uint32_t group = groups; group > 0; group--, at += act_step) {
                uint4 first, second;
                source.take(first, second);
                const uint4 x = model_load_shared(at), y = model_load_shared(at + second_at);
                model_multiply(held, x, first);
                model_multiply(other, y, second);
                source.taken();
            }
            if (b < batch)
                *(float2 *)place = make_float2(held[0] + other[0], held[1] + other[1]);
        }
        /* A warp that writes the other half has passed the barrier after its last use. */
        model_sync();
        if (i < count) {
            const float *sums = of + (flip ? half : 0);
            float sum = 0, next = 0;
#pragma unroll
            for (uint32_t w = 0; w < MODEL_WARPS; w++)
                sum += sums[w * at_once * outputs];
            if (paired) {
#pragma unroll
                for (uint32_t w = 0; w < MODEL_WARPS; w++)
                    next += sums[(w * at_once + 1) * outputs];
            }
            finish(block + i, output / MODEL_TILE_ROWS, output % MODEL_TILE_ROWS, sum, next);
        }
    }
    source.end();
}

/* ---- attention ------------------------------------------------------------------------------ */

/* A head's q or k, normalised if the model does that, and turned by its position: element
 * lane + 32 i in values[i]. */
template <int DIM>
static __device__ __forceinline__ void
model_turn(const struct gpu_model &m, const float *raw, bool normalise, const uint16_t *weights,
           const float *rope, uint32_t lane, float values[DIM / 32])
{
    constexpr int count = DIM / 32;
#pragma unroll
    for (int i = 0; i < count; i++)
        values[i] = __ldcg(raw + lane + 32 * i);
    if (normalise) {
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

/*
 * Part `item` of a layer's attention, item = (b * kv_heads + g) * splits + split: the query heads
 * of K/V head g over the split's rows. A warp takes 8 rows at a time. Their scores are a product
 * like that of a tile, with the query heads in the place of sequences. V is multiplied without
 * tensor cores: a lane has two neighbouring elements of each row, or four.
 *
 * PREPARED: q is ready in `raw`, and the cache has the new row. Otherwise q and the new row are
 * made here, and the split that ends with the new row appends it.
 */
template <int DIM, bool PREPARED>
static __device__ __noinline__ void model_attend(const struct gpu_model &m,
                                                 const struct model_shared &shared, uint32_t layer,
                                                 uint32_t t, uint32_t item)
{
    constexpr uint32_t tiles = DIM / 32, words = DIM / 64; /* words: of two V elements per lane */
    constexpr uint32_t v_words = words > 0 ? words : 1;
    constexpr uint32_t query_stride = DIM * 2 + 64;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, head = lane / 4;
    const uint32_t split = item % m.splits, pair = item / m.splits;
    const uint32_t b = pair / m.kv_heads, g = pair % m.kv_heads;
    const uint32_t position = m.context + t, rows = position + 1;
    const uint32_t from = (uint32_t)((uint64_t)rows * split / m.splits);
    const uint32_t to = (uint32_t)((uint64_t)rows * (split + 1) / m.splits);
    const bool newest = !PREPARED && to == rows;
    const uint32_t cached = newest ? position : to; /* rows below are in the cache */
    const float *raw = m.raw + (uint64_t)b * (m.heads + 2 * m.kv_heads) * DIM;
    const float *rope = m.rope + (uint64_t)t * DIM;
    const uint64_t head_at = (((uint64_t)layer * m.batch + b) * m.kv_heads + g) * m.rows * DIM;
    const uint16_t *keys = m.cache[0] + head_at, *values = m.cache[1] + head_at;
    char *queries = shared.act; /* bf16 [8][query_stride bytes] */
    uint16_t *fresh = (uint16_t *)(queries + MODEL_GROUP_MOST * query_stride); /* K, V: [2][DIM] */
    float *weights = (float *)(fresh + 2 * DIM);               /* [warps][8 rows][8 heads] */
    float *stats = weights + MODEL_WARPS * 64;                 /* [warps][8 heads][2] */
    float *parts = stats + MODEL_WARPS * MODEL_GROUP_MOST * 2; /* [warps][group][DIM] */

    uint4 k[tiles];
    uint32_t v[8][v_words];
    const auto load = [&](uint32_t row0) {
        const uint32_t row = row0 + lane / 4;
#pragma unroll
        for (uint32_t i = 0; i < tiles; i++) {
            k[i] = make_uint4(0, 0, 0, 0);
            if (row < cached)
                k[i] = __ldcg((const uint4 *)(keys + (uint64_t)row * DIM) + 4 * i + lane % 4);
        }
#pragma unroll
        for (uint32_t r = 0; r < 8; r++)
#pragma unroll
            for (uint32_t i = 0; i < v_words; i++) {
                v[r][i] = 0;
                if (row0 + r < cached && (words > 0 || lane < DIM / 2))
                    v[r][i] = __ldcg((const uint32_t *)(values + (uint64_t)(row0 + r) * DIM) +
                                     32 * i + lane);
            }
    };
    /* The first rows do not depend on what this step computes. */
    load(from + warp * 8);

    if (warp < MODEL_GROUP_MOST) {
        float q[DIM / 32] = {};
        if (warp < m.group) {
            const float *row = raw + (g * m.group + warp) * DIM;
            if (PREPARED) {
#pragma unroll
                for (int i = 0; i < DIM / 32; i++)
                    q[i] = __ldcg(row + lane + 32 * i);
            } else {
                model_turn<DIM>(m, row, m.qk_norm, m.q_norm + layer * DIM, rope, lane, q);
            }
        }
#pragma unroll
        for (int i = 0; i < DIM / 32; i++)
            *(uint16_t *)(queries + warp * query_stride + 2 * (lane + 32 * i)) =
                (uint16_t)model_pack(q[i] * m.scale, 0);
    } else if (newest && warp < MODEL_GROUP_MOST + 2) {
        const uint32_t side = warp - MODEL_GROUP_MOST;
        const float *row = raw + (m.heads + side * m.kv_heads + g) * DIM;
        float element[DIM / 32];
        if (side == 0) {
            model_turn<DIM>(m, row, m.qk_norm, m.k_norm + layer * DIM, rope, lane, element);
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

    const uint32_t query_at =
        (uint32_t)__cvta_generic_to_shared(queries) + head * query_stride + lane % 4 * 16;
    float *own_weights = weights + warp * 64;
    float out[MODEL_GROUP_MOST][2 * v_words] = {};
    float most = -1e30f, weight = 0; /* of this lane's head */
    for (uint32_t row0 = from + warp * 8; row0 < to; row0 += MODEL_WARPS * 8) {
        if (newest && row0 <= position && position < row0 + 8) {
            const uint32_t r = position - row0;
            if (lane / 4 == r) {
#pragma unroll
                for (uint32_t i = 0; i < tiles; i++)
                    k[i] = *((const uint4 *)fresh + 4 * i + lane % 4);
            }
#pragma unroll
            for (uint32_t j = 0; j < 8; j++)
#pragma unroll
                for (uint32_t i = 0; i < v_words; i++)
                    if (j == r && (words > 0 || lane < DIM / 2))
                        v[j][i] = *((const uint32_t *)(fresh + DIM) + 32 * i + lane);
        }
        float scores[4] = {};
#pragma unroll
        for (uint32_t i = 0; i < tiles; i++)
            model_multiply(scores, model_load_shared(query_at + 64 * i), k[i]);
        uint32_t held[8][v_words];
#pragma unroll
        for (uint32_t r = 0; r < 8; r++)
#pragma unroll
            for (uint32_t i = 0; i < v_words; i++)
                held[r][i] = v[r][i];
        load(row0 + MODEL_WARPS * 8);

        /* This lane has two rows' scores of its head. */
        const uint32_t row = row0 + lane % 4 * 2;
        const float low = row < to ? scores[0] : -1e30f, high = row + 1 < to ? scores[1] : -1e30f;
        float largest = fmaxf(low, high);
        largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFF, largest, 1));
        largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFF, largest, 2));
        const float next = fmaxf(most, largest);
        const float scale = exp2f(most - next);
        const float low_weight = row < to ? exp2f(low - next) : 0;
        const float high_weight = row + 1 < to ? exp2f(high - next) : 0;
        most = next;
        weight = weight * scale + low_weight + high_weight;
        own_weights[lane % 4 * 16 + head] = low_weight;
        own_weights[lane % 4 * 16 + 8 + head] = high_weight;
        __syncwarp();
#pragma unroll
        for (uint32_t h = 0; h < MODEL_GROUP_MOST; h++) {
            if (h >= m.group)
                break;
            const float scale_h = __shfl_sync(0xFFFFFFFF, scale, h * 4);
#pragma unroll
            for (uint32_t i = 0; i < 2 * v_words; i++)
                out[h][i] *= scale_h;
#pragma unroll
            for (uint32_t r = 0; r < 8; r++) {
                const float p = own_weights[r * 8 + h];
#pragma unroll
                for (uint32_t i = 0; i < v_words; i++) {
                    out[h][2 * i] += p * model_low(held[r][i]);
                    out[h][2 * i + 1] += p * model_high(held[r][i]);
                }
            }
        }
        __syncwarp();
    }
    weight += __shfl_xor_sync(0xFFFFFFFF, weight, 1);
    weight += __shfl_xor_sync(0xFFFFFFFF, weight, 2);
    if (lane % 4 == 0)
        *(float2 *)(stats + (warp * MODEL_GROUP_MOST + head) * 2) = make_float2(most, weight);
#pragma unroll
    for (uint32_t h = 0; h < MODEL_GROUP_MOST; h++) {
        if (h >= m.group)
            break;
#pragma unroll
        for (uint32_t i = 0; i < v_words; i++)
            if (words > 0 || lane < DIM / 2)
                *(float2 *)(parts + (warp * m.group + h) * DIM + 64 * i + 2 * lane) =
                    make_float2(out[h][2 * i], out[h][2 * i + 1]);
    }
    model_sync();
    for (uint32_t i = threadIdx.x; i < m.group * DIM; i += MODEL_THREADS) {
        const uint32_t h = i / DIM, d = i % DIM;
        float2 own[MODEL_WARPS];
        float largest = -1e30f, sum = 0, total = 0;
#pragma unroll
        for (uint32_t w = 0; w < MODEL_WARPS; w++) {
            own[w] = *(const float2 *)(stats + (w * MODEL_GROUP_MOST + h) * 2);
            largest = fmaxf(largest, own[w].x);
        }
#pragma unroll
        for (uint32_t w = 0; w < MODEL_WARPS; w++) {
            const float scale = exp2f(own[w].x - largest);
            total += own[w].y * scale;
            sum += parts[(w * m.group + h) * DIM + d] * scale;
        }
        if (m.splits == 1) {
            m.mixed[((uint64_t)b * m.heads + g * m.group + h) * DIM + d] =
                (uint16_t)model_pack(sum / total, 0);
            continue;
        }
        const uint64_t at = (uint64_t)item * m.group + h;
        m.partials[at * DIM + d] = sum;
        if (d == 0)
            ((float2 *)(m.partials + (uint64_t)m.batch * m.heads * m.splits * DIM))[at] =
                make_float2(largest, total);
    }
    model_sync();
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
        if (phase == PHASE_QKV) {
            m.raw[b * (m.heads + 2 * m.kv_heads) * m.head_dim + at] = sum * factors[b];
        } else if (phase == PHASE_GATE_UP) {
            const float gate = sum * factors[b], up = second * factors[b];
            m.inner[b * m.mlp + (first + place) / 2 * MODEL_TILE_ROWS + row] =
                (uint16_t)model_pack(gate / (1 + exp2f(-1.4426950f * gate)) * up, 0);
        } else if (phase == PHASE_HEAD) {
            const float logit = sum * factors[b];
            m.logits[((uint64_t)b * m.seq_len + t) * m.vocabulary + at] = logit;
            const unsigned long long key = model_key(logit, at);
            best = key > best ? key : best;
        } else {
            float *kept = own ? own + (place * m.batch + b) * MODEL_TILE_ROWS + row : nullptr;
            float *x = m.x + b * m.hidden + at;
            const bool embed = phase == PHASE_OUT && layer == 0;
            const float old =
                embed  ? model_bf16(m.embedding[model_tile_at(m.hidden, model_token(m, t, b), at)])
                : kept ? *kept
                       : __ldcg(x);
            if (kept)
                *kept = old + sum;
            *x = old + sum;
        }
    }
};

/* Runs a phase other than attention: `blocks` row blocks from `first` on. The source has begun.
 * own: see struct model_finish. */
template <class SOURCE>
static __device__ __forceinline__ void
model_run_matrix(const struct gpu_model &m, const struct model_shared &shared, SOURCE &source,
                 float *own, uint32_t phase, uint32_t layer, uint32_t t, uint32_t first,
                 uint32_t blocks)
{
    const uint32_t q_rows = m.heads * m.head_dim;
    uint32_t columns = m.hidden;
    if (phase == PHASE_HEAD && threadIdx.x < m.batch)
        shared.best[threadIdx.x] = 0;
    if (phase == PHASE_DOWN) {
        columns = m.mlp;
        model_pad(m, shared, columns);
        model_take(m, shared, m.inner, columns);
    } else if (phase == PHASE_OUT) {
        columns = q_rows;
        model_pad(m, shared, columns);
        if (m.splits > 1)
            model_take_partials(m, shared);
        else
            model_take(m, shared, m.mixed, columns);
    } else {
        const uint16_t *weights = phase == PHASE_QKV       ? m.attention_norm + layer * m.hidden
                                  : phase == PHASE_GATE_UP ? m.mlp_norm + layer * m.hidden
                                                           : m.final_norm;
        model_pad(m, shared, columns);
        model_take_normed(m, shared, weights, phase == PHASE_QKV && layer == 0, t);
    }
    struct model_finish finish = {m, shared.factors, own, phase, layer, t, first, 0};
    model_matrix(m.batch, shared, source, columns, blocks, phase == PHASE_GATE_UP, finish);
    if (phase != PHASE_HEAD)
        return;
    if (finish.best != 0)
        atomicMax(shared.best + threadIdx.x % (m.batch * MODEL_TILE_ROWS) / MODEL_TILE_ROWS,
                  finish.best);
    model_sync();
    if (threadIdx.x < m.batch)
        atomicMax(m.best + t * m.batch + threadIdx.x, shared.best[threadIdx.x]);
}

#endif
