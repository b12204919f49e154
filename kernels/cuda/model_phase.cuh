/*
 * model_phase.cuh - the phases of a model's step, by a program of 16 warps: a launch per phase and
 * the persistent kernels run the same code, and differ in who synchronises and how weights arrive.
 *
 * A matrix phase has three parts. The prologue brings the activations of all sequences into shared
 * memory, as bf16. Then each warp multiplies its share of the columns of every row block. The warps
 * add up their sums in shared memory, and the epilogue uses the result.
 *
 * Tensor cores do the products. An instruction multiplies 16 rows by 16 columns of the first
 * operand, but a row block has 8 rows: the other 8 are the same rows at 16 other columns, so that a
 * lane's 16 bytes of a tile are the operand as they are. Up to four sequences take one instruction:
 * four columns of the second operand are the activations at the first 16 columns, four at the
 * others, and half of the results is of no use. More sequences take two.
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
    char *act;                  /* activations; in attention: queries, new rows, partial sums */
    char *zeros;                /* 16 bytes */
    struct model_share *shares; /* [MODEL_PHASES]: of this program; for persistent programs */
    float *sums;                /* [2][MODEL_WARPS][row blocks at once][batch][8] */
    float *squares;             /* [batch][MODEL_WARPS]: of RMSNorm */
    float *factors;             /* [batch]: of RMSNorm */
    unsigned long long *best;   /* [batch] */
    uint32_t *word;             /* the leader's message to its program */
    char *rest;                 /* 128-byte aligned */
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
    shared.shares = (struct model_share *)(shared.zeros + 16);
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

/* ---- activations ---------------------------------------------------------------------------- */

/*
 * Reads activations of the phase before. With words in `model`, a program polls each word until
 * somebody has written it, so that no barrier is needed: a word is its own signal. Otherwise a
 * barrier or a launch has made sure that all are there.
 */
struct model_reader {
    bool words;
    const uint32_t *abort;
    uint32_t *word; /* in shared memory: set to 0 if the program gives up */

    __device__ __forceinline__ uint4 load(const uint4 *from) const
    {
        uint4 value;
        asm volatile("ld.relaxed.gpu.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                     : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                     : "l"(from)
                     : "memory");
        return value;
    }
    static __device__ __forceinline__ bool missing(const uint4 &value)
    {
        return value.x == MODEL_NO_WORD || value.y == MODEL_NO_WORD || value.z == MODEL_NO_WORD ||
               value.w == MODEL_NO_WORD;
    }
    /* Polls what is missing of a loaded value. */
    __device__ __forceinline__ void settle(uint4 &value, const uint4 *from) const
    {
        const uint32_t *at = (const uint32_t *)from;
        while (words && missing(value)) {
            /* The words of a value are mostly written together: after the first one, look at all.
             */
            const uint32_t first = value.x == MODEL_NO_WORD   ? 0
                                   : value.y == MODEL_NO_WORD ? 1
                                   : value.z == MODEL_NO_WORD ? 2
                                                              : 3;
            if (poll(at + first) == MODEL_NO_WORD)
                return; /* gave up */
            value = load(from);
        }
    }
    __device__ __forceinline__ float settle_one(uint32_t value, const float *from) const
    {
        if (words && value == MODEL_NO_WORD)
            value = poll((const uint32_t *)from);
        return __uint_as_float(value);
    }
    __device__ __forceinline__ float load_one(const float *from) const
    {
        return settle_one(gpu_load((const uint32_t *)from), from);
    }
    /* Polls a word until it is there, or gives up. */
    __device__ __forceinline__ uint32_t poll(const uint32_t *from) const
    {
        uint64_t began_ns = 0;
        uint32_t value;
        for (uint32_t look = 1; (value = gpu_load(from)) == MODEL_NO_WORD; look++) {
            if (look % 256 != 0)
                continue;
            const uint64_t now_ns = gpu_timer();
            began_ns = began_ns ? began_ns : now_ns;
            if (gpu_load(abort) != 0 || now_ns - began_ns > GPU_DEADLINE_NS) {
                *(volatile uint32_t *)word = 0;
                break;
            }
        }
        return value;
    }
};

/* The activations of a layer at step t, and those of the same layer at the next step, which are
 * made ready while nobody can read them yet. */
struct model_set {
    float *x, *raw;
    uint16_t *mixed, *inner;
    float *partials;
    int64_t other; /* sets from this one to the next step's; 0: there is only one */

    __device__ __forceinline__ model_set(const struct gpu_model &m, uint32_t t, uint32_t layer)
    {
        const uint32_t set = model_set_of(&m, t, layer);
        const uint64_t heads = (uint64_t)m.batch * m.heads;
        x = m.x + (uint64_t)set * 2 * m.batch * m.hidden;
        raw = m.raw + (uint64_t)set * m.batch * model_raw_rows(&m);
        mixed = m.mixed + set * heads * m.head_dim;
        inner = m.inner + (uint64_t)set * m.batch * m.mlp;
        partials = m.partials + set * heads * m.splits * (m.head_dim + 2);
        other = !m.words ? 0 : t & 1 ? -(int64_t)m.layers : (int64_t)m.layers;
    }
};

/* Writes a word, and marks that of the next step as missing. `apart`: words per set. */
static __device__ __forceinline__ void model_store(uint32_t *to, uint32_t value, int64_t other,
                                                   uint32_t apart)
{
    asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(to), "r"(value) : "memory");
    if (other != 0)
        to[other * apart] = MODEL_NO_WORD;
}

/* ---- the order of activations --------------------------------------------------------------- */

/* Where elements d .. d + 3 of a sequence's activations are in shared memory, in two words: of
 * eight elements, the words 0, 2, 1, 3. Lanes of the first four columns read the first two of them,
 * the others the last two. */
static __device__ __forceinline__ void model_put(char *act, uint32_t d, uint32_t low, uint32_t high)
{
    char *eight = act + d / 8 * 16 + (d & 4);
    *(uint32_t *)eight = low;
    *(uint32_t *)(eight + 8) = high;
}

/* ---- prologues ------------------------------------------------------------------------------ */

/* Zeros from the end of each sequence's activations to the end of the last group. */
static __device__ __forceinline__ void model_pad(uint32_t batch, const struct model_shared &shared,
                                                 uint32_t columns)
{
    const uint32_t end = model_groups(columns) * MODEL_GROUP_COLUMNS;
    for (uint32_t d = columns + threadIdx.x * 2; d < end; d += MODEL_THREADS * 2)
        for (uint32_t b = 0; b < batch; b++)
            *(uint32_t *)(shared.act + b * model_act_stride(columns) + 2 * d) = 0;
}

/* Where x is that a phase reads: after attention, or after the MLP of the layer before. */
static __device__ __forceinline__ const float *model_x_of(const struct gpu_model &m, uint32_t t,
                                                          uint32_t layer, bool after_attention)
{
    const struct model_set set(m, t, layer);
    return set.x + (after_attention || !m.words ? 0 : m.batch * m.hidden);
}

/* x (or, if it is null, the embedding of step t's tokens) times the norm's weights. Returns the
 * cycles until x was there. */
static __device__ __forceinline__ uint32_t model_take_normed(const struct gpu_model &m,
                                                             const struct model_shared &shared,
                                                             const struct model_reader &reader,
                                                             const uint16_t *weights,
                                                             const float *from, uint32_t t)
{
    const uint32_t stride = model_act_stride(m.hidden), before = gpu_clock_low();
    uint32_t waited = 0;
    float squares[MODEL_BATCH_MOST] = {};
    constexpr uint32_t apart = MODEL_THREADS * 4, twice = 2;
    for (uint32_t d0 = threadIdx.x * 4; d0 < m.hidden; d0 += twice * apart) {
        uint2 w[twice];
#pragma unroll
        for (uint32_t j = 0; j < twice; j++)
            if (d0 + j * apart < m.hidden)
                w[j] = __ldg((const uint2 *)(weights + d0 + j * apart));
#pragma unroll
        for (uint32_t b0 = 0; b0 < MODEL_BATCH_MOST; b0 += 4) {
            uint4 held[4][twice];
            if (b0 >= m.batch)
                break;
#pragma unroll
            for (uint32_t i = 0; i < 4 * twice; i++) {
                const uint32_t b = b0 + i / twice, d = d0 + i % twice * apart;
                uint4 &value = held[i / twice][i % twice];
                value = make_uint4(0, 0, 0, 0);
                if (b >= m.batch || d >= m.hidden)
                    continue;
                if (from) {
                    value = reader.load((const uint4 *)(from + b * m.hidden + d));
                } else {
                    const uint64_t at = model_tile_at(m.hidden, model_token(m, t, b), d);
                    const uint2 e = __ldg((const uint2 *)(m.embedding + at));
                    value = make_uint4(e.x << 16, e.x & 0xFFFF0000u, e.y << 16, e.y & 0xFFFF0000u);
                }
            }
#pragma unroll
            for (uint32_t i = 0; i < 4 * twice; i++) {
                const uint32_t b = b0 + i / twice, d = d0 + i % twice * apart;
                uint4 &value = held[i / twice][i % twice];
                const uint2 own = w[i % twice];
                if (b >= m.batch || d >= m.hidden)
                    continue;
                if (from)
                    reader.settle(value, (const uint4 *)(from + b * m.hidden + d));
                const float x0 = __uint_as_float(value.x), x1 = __uint_as_float(value.y);
                const float x2 = __uint_as_float(value.z), x3 = __uint_as_float(value.w);
                squares[b0 + i / twice] += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3;
                model_put(shared.act + b * stride, d,
                          model_pack(x0 * model_low(own.x), x1 * model_high(own.x)),
                          model_pack(x2 * model_low(own.y), x3 * model_high(own.y)));
            }
        }
    }
    waited = gpu_clock_low() - before;
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
    return waited;
}

/* bf16 activations, [batch][columns]. Returns the cycles until they were there. */
static __device__ __forceinline__ uint32_t model_take(uint32_t batch,
                                                      const struct model_shared &shared,
                                                      const struct model_reader &reader,
                                                      const uint16_t *from, uint32_t columns)
{
    const uint32_t stride = model_act_stride(columns), all = columns / 8;
    const uint32_t before = gpu_clock_low();
    for (uint32_t b = 0; b < batch; b++) {
        const uint4 *row = (const uint4 *)from + b * all;
        for (uint32_t i0 = threadIdx.x; i0 < all; i0 += 4 * MODEL_THREADS) {
            uint4 held[4];
#pragma unroll
            for (uint32_t j = 0; j < 4; j++)
                if (i0 + j * MODEL_THREADS < all)
                    held[j] = reader.load(row + i0 + j * MODEL_THREADS);
#pragma unroll
            for (uint32_t j = 0; j < 4; j++) {
                const uint32_t i = i0 + j * MODEL_THREADS;
                if (i >= all)
                    continue;
                reader.settle(held[j], row + i);
                *(uint4 *)(shared.act + b * stride + i * 16) =
                    make_uint4(held[j].x, held[j].z, held[j].y, held[j].w); /* model_put */
            }
        }
    }
    const uint32_t waited = gpu_clock_low() - before;
    model_sync();
    return waited;
}

/* Attention's output, from the partials of its splits. Returns the cycles until they were there. */
static __device__ __forceinline__ uint32_t model_take_partials(const struct gpu_model &m,
                                                               const struct model_shared &shared,
                                                               const struct model_reader &reader,
                                                               const float *partials)
{
    const uint32_t stride = model_act_stride(m.heads * m.head_dim), quads = m.head_dim / 4;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, pairs = m.batch * m.kv_heads;
    /* A lane's quad, and the first of the group's heads that it adds up: 32 / quads at once. */
    const uint32_t shift = __ffs(quads) - 1, quad = lane & (quads - 1), first = lane >> shift;
    const uint32_t before = gpu_clock_low();
    const float *statistics = partials + (uint64_t)m.batch * m.heads * m.splits * m.head_dim;
    for (uint32_t pair = warp; pair < pairs; pair += MODEL_WARPS) {
        const uint32_t b = pair / m.kv_heads, g = pair - b * m.kv_heads;
        for (uint32_t member = first; member < m.group; member += 32 >> shift) {
            const uint32_t begin = pair * m.splits * m.group + member;
            float4 sum = make_float4(0, 0, 0, 0);
            float most = -1e30f, weight = 0;
            for (uint32_t split0 = 0; split0 < m.splits; split0 += 4) {
                uint4 out[4];
                float2 own[4];
#pragma unroll
                for (uint32_t i = 0; i < 4; i++) {
                    const uint32_t at = begin + (split0 + i) * m.group;
                    if (split0 + i >= m.splits)
                        continue;
                    out[i] = reader.load((const uint4 *)partials + at * quads + quad);
                    own[i] = __ldcg((const float2 *)statistics + at);
                }
#pragma unroll
                for (uint32_t i = 0; i < 4; i++) {
                    const uint32_t at = begin + (split0 + i) * m.group;
                    if (split0 + i >= m.splits)
                        continue;
                    reader.settle(out[i], (const uint4 *)partials + at * quads + quad);
                    const float own_most =
                        reader.settle_one(__float_as_uint(own[i].x), statistics + 2 * at);
                    const float own_weight =
                        reader.settle_one(__float_as_uint(own[i].y), statistics + 2 * at + 1);
                    const float next = fmaxf(most, own_most);
                    const float old_scale = exp2f(most - next);
                    const float own_scale = exp2f(own_most - next);
                    most = next;
                    weight = weight * old_scale + own_weight * own_scale;
                    sum.x = sum.x * old_scale + __uint_as_float(out[i].x) * own_scale;
                    sum.y = sum.y * old_scale + __uint_as_float(out[i].y) * own_scale;
                    sum.z = sum.z * old_scale + __uint_as_float(out[i].z) * own_scale;
                    sum.w = sum.w * old_scale + __uint_as_float(out[i].w) * own_scale;
                }
            }
            const float over = 1 / weight;
            model_put(shared.act + b * stride, (g * m.group + member) * m.head_dim + 4 * quad,
                      model_pack(sum.x * over, sum.y * over),
                      model_pack(sum.z * over, sum.w * over));
        }
    }
    const uint32_t waited = gpu_clock_low() - before;
    model_sync();
    return waited;
}

/* ---- weights -------------------------------------------------------------------------------- */

/*
 * A group is 32 neighbouring tiles of a row block: warp w has tiles w, w + 8, w + 16 and w + 24. A
 * row block's last group may have fewer; a row block of n * 1,024 columns has whole ones. Groups
 * are delivered by a source:
 *
 *     take(weights)   reads the warp's tiles of the next group; a missing one is finite
 *     taken()         the warp has used them
 *     end()           the range is done
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
    static constexpr uint32_t step = MODEL_PER_WARP * MODEL_TILE_BYTES;
    const char *next;      /* the lane's 16 bytes of the next group */
    int32_t skip;          /* from a row block's end, in whole groups, to the next row block */
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
#pragma unroll
            for (uint32_t i = 0; i < MODEL_PER_WARP; i++)
                gpu_copy16_to(slot + i * MODEL_TILE_BYTES,
                              next + i * (MODEL_WARPS * MODEL_TILE_BYTES), true);
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
        skip = (int32_t)(columns * (MODEL_TILE_ROWS * 2) * apart - groups * MODEL_GROUP_BYTES);
        left = blocks * groups;
        slot = ring;
#pragma unroll
        for (int i = 0; i < DEPTH; i++)
            request();
    }
    __device__ __forceinline__ void take(uint4 weights[MODEL_PER_WARP])
    {
        gpu_copy_wait<DEPTH - 1>();
#pragma unroll
        for (uint32_t i = 0; i < MODEL_PER_WARP; i++)
            weights[i] = model_load_shared(slot + i * MODEL_TILE_BYTES);
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

/* Adds the product of a tile and activations to the sums of its rows. */
static __device__ __forceinline__ void model_multiply(float sums[4], const uint4 &weights,
                                                      const uint2 &act)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(weights.x), "r"(weights.y), "r"(weights.z), "r"(weights.w), "r"(act.x), "r"(act.y));
}

static __device__ __forceinline__ uint2 model_load_act(uint32_t at)
{
    uint2 value;
    asm volatile("ld.shared.v2.u32 {%0, %1}, [%2];"
                 : "=r"(value.x), "=r"(value.y)
                 : "r"(at)
                 : "memory");
    return value;
}

/*
 * Multiplies `blocks` row blocks of a matrix by the activations in shared memory. The source has
 * begun and delivers the weights. FINISH uses the results: finish(place, b, row, sum, second), with
 * the row block from the range's begin, the sequence, the row in the block, and its sum; if
 * `paired`, only even places, with the sum of the next one as `second`.
 */
template <bool MANY, bool KEPT, class SOURCE, class FINISH>
static __device__ __forceinline__ void
model_matrix_of(uint32_t batch, const struct model_shared &shared, SOURCE &source, uint32_t columns,
                uint32_t blocks, bool paired, FINISH &finish)
{
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const uint32_t at_once = model_blocks_at_once(batch), outputs = batch * MODEL_TILE_ROWS;
    const uint32_t groups = model_groups(columns), step = paired ? 2 : 1;
    /* The column of the second operand, and which sequence and half of the columns it is. Columns
     * of sequences that do not exist are zeros, always the same. */
    const uint32_t column = lane / 4, b = MANY ? column : column % 4;
    const uint32_t apart = b < batch ? MODEL_WARPS * MODEL_TILE_COLUMNS * 2 : 0; /* bytes */
    const uint32_t act = (uint32_t)__cvta_generic_to_shared(shared.act);
    const uint32_t from = b < batch ? act + b * model_act_stride(columns) +
                                          warp * (MODEL_TILE_COLUMNS * 2) + lane % 4 * 16 +
                                          (MANY ? 0 : column / 4 * 8)
                                    : (uint32_t)__cvta_generic_to_shared(shared.zeros);
    const uint32_t i = threadIdx.x / outputs * step, output = threadIdx.x % outputs;
    const uint32_t half = MODEL_WARPS * at_once * outputs; /* floats */
    /* A lane's results are of row lane / 4 and of the sequences 2 (lane % 4) and the next. */
    const uint32_t first_b = lane % 4 * 2;
    float *to = shared.sums + warp * at_once * outputs + first_b * MODEL_TILE_ROWS + lane / 4;
    const float *of = shared.sums + i * outputs + output;
    uint2 kept[2][MODEL_PER_WARP]; /* KEPT: of all groups, for all row blocks */
    if (KEPT) {
#pragma unroll
        for (uint32_t k = 0; k < 2; k++)
#pragma unroll
            for (uint32_t j = 0; j < MODEL_PER_WARP; j++)
                if (k < groups)
                    kept[k][j] = model_load_act(from + (k * MODEL_PER_WARP + j) * apart);
    }
    for (uint32_t block = 0, flip = 0; block < blocks; block += at_once, flip ^= 1) {
        const uint32_t count = min(blocks - block, at_once);
        float *place = to + (flip ? half : 0);
#pragma unroll 1
        for (uint32_t left = count; left > 0; left--, place += outputs) {
            float held[2][4] = {};
            if (KEPT) {
#pragma unroll
                for (uint32_t k = 0; k < 2; k++) {
                    uint4 weights[MODEL_PER_WARP];
                    if (k >= groups)
                        break;
                    source.take(weights);
#pragma unroll
                    for (uint32_t j = 0; j < MODEL_PER_WARP; j++)
                        model_multiply(held[j % 2], weights[j], kept[k][j]);
                    source.taken();
                }
            } else {
                uint32_t at = from;
#pragma unroll 1
                for (uint32_t k = groups; k > 0; k--) {
                    uint4 weights[MODEL_PER_WARP];
                    uint2 x[MODEL_PER_WARP], y[MODEL_PER_WARP];
#pragma unroll
                    for (uint32_t j = 0; j < MODEL_PER_WARP; j++, at += apart) {
                        x[j] = model_load_act(at);
                        if (MANY)
                            y[j] = model_load_act(at + 8);
                    }
                    source.take(weights);
#pragma unroll
                    for (uint32_t j = 0; j < MODEL_PER_WARP; j++) {
                        model_multiply(held[MANY ? 0 : j % 2], weights[j], x[j]);
                        if (MANY)
                            model_multiply(held[1], weights[j], y[j]);
                    }
                    source.taken();
                }
            }
            float low, high;
            if (MANY) { /* the halves of the columns, in the lower and the upper rows */
                low = held[0][0] + held[1][2];
                high = held[0][1] + held[1][3];
            } else {
                low = held[0][0] + held[1][0];
                high = held[0][1] + held[1][1];
                low += __shfl_xor_sync(0xFFFFFFFF, held[0][2] + held[1][2], 2);
                high += __shfl_xor_sync(0xFFFFFFFF, held[0][3] + held[1][3], 2);
            }
            if (first_b < batch && (MANY || first_b < 4))
                place[0] = low;
            if (first_b + 1 < batch && (MANY || first_b < 4))
                place[MODEL_TILE_ROWS] = high;
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

template <class SOURCE, class FINISH>
static __device__ __forceinline__ void
model_matrix(uint32_t batch, const struct model_shared &shared, SOURCE &source, uint32_t columns,
             uint32_t blocks, bool paired, FINISH &finish)
{
    if (batch > 4)
        model_matrix_of<true, false>(batch, shared, source, columns, blocks, paired, finish);
    else if (model_groups(columns) > 2)
        model_matrix_of<false, false>(batch, shared, source, columns, blocks, paired, finish);
    else
        model_matrix_of<false, true>(batch, shared, source, columns, blocks, paired, finish);
}

/* ---- attention ------------------------------------------------------------------------------ */

/* A head's row of q, k or v: element lane + 32 i in values[i]. */
template <int DIM>
static __device__ __forceinline__ void model_take_head(const struct model_reader &reader,
                                                       const float *raw, uint32_t lane,
                                                       float values[DIM / 32])
{
    uint32_t words[DIM / 32];
#pragma unroll
    for (int i = 0; i < DIM / 32; i++)
        words[i] = gpu_load((const uint32_t *)raw + lane + 32 * i);
#pragma unroll
    for (int i = 0; i < DIM / 32; i++)
        values[i] = reader.settle_one(words[i], raw + lane + 32 * i);
}

/* A head's q or k, normalised if the model does that, and turned by its position. */
template <int DIM>
static __device__ __forceinline__ void
model_turn(const struct gpu_model &m, const struct model_reader &reader, const float *raw,
           bool normalise, const uint16_t *weights, const float *rope, uint32_t lane,
           float values[DIM / 32])
{
    constexpr int count = DIM / 32;
    model_take_head<DIM>(reader, raw, lane, values);
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

/* Adds to scores[head][row] the product of 32 elements of queries and of 8 rows of K. */
static __device__ __forceinline__ void model_score(float scores[4], const uint4 &queries,
                                                   const uint4 &keys)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %5}, {%7, %8}, {%0, %1, %2, %3};"
        : "+f"(scores[0]), "+f"(scores[1]), "+f"(scores[2]), "+f"(scores[3])
        : "r"(queries.x), "r"(0), "r"(queries.y), "r"(keys.x), "r"(keys.y));
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %5}, {%7, %8}, {%0, %1, %2, %3};"
        : "+f"(scores[0]), "+f"(scores[1]), "+f"(scores[2]), "+f"(scores[3])
        : "r"(queries.z), "r"(0), "r"(queries.w), "r"(keys.z), "r"(keys.w));
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
static __device__ __noinline__ uint32_t model_attend(const struct gpu_model &m,
                                                     const struct model_shared &shared,
                                                     const struct model_reader &reader,
                                                     uint32_t layer, uint32_t t, uint32_t item)
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
    const struct model_set set(m, t, layer);
    const float *raw = set.raw + b * model_raw_rows(&m);
    const float *rope = m.rope + (uint64_t)t * DIM;
    const uint64_t head_at = (((uint64_t)layer * m.batch + b) * m.kv_heads + g) * m.rows * DIM;
    const uint16_t *keys = m.cache[0] + head_at, *values = m.cache[1] + head_at;
    char *queries = shared.act; /* bf16 [8][query_stride bytes] */
    uint16_t *fresh = (uint16_t *)(queries + MODEL_GROUP_MOST * query_stride); /* K, V: [2][DIM] */
    float *weights = (float *)(fresh + 2 * DIM);               /* [warps][8 heads][8 rows] */
    float *stats = weights + MODEL_WARPS * 64;                 /* [warps][8 heads][2] */
    float *parts = stats + MODEL_WARPS * MODEL_GROUP_MOST * 2; /* [warps][group][DIM] */

    /* Rows of some rounds, which are loaded together. */
    constexpr uint32_t rounds = DIM <= 64 ? 2 : 1, stride = MODEL_WARPS * 8;
    uint4 k[rounds][tiles];
    uint32_t v[rounds][8][v_words];
    const auto load = [&](uint32_t round, uint32_t row0) {
        const uint32_t row = row0 + lane / 4;
#pragma unroll
        for (uint32_t i = 0; i < tiles; i++) {
            k[round][i] = make_uint4(0, 0, 0, 0);
            if (row < cached)
                k[round][i] =
                    __ldcg((const uint4 *)(keys + (uint64_t)row * DIM) + 4 * i + lane % 4);
        }
#pragma unroll
        for (uint32_t r = 0; r < 8; r++)
#pragma unroll
            for (uint32_t i = 0; i < v_words; i++) {
                v[round][r][i] = 0;
                if (row0 + r < cached && (words > 0 || lane < DIM / 2))
                    v[round][r][i] = __ldcg(
                        (const uint32_t *)(values + (uint64_t)(row0 + r) * DIM) + 32 * i + lane);
            }
    };
    /* The first rows do not depend on what this step computes. */
#pragma unroll
    for (uint32_t round = 0; round < rounds; round++)
        load(round, from + warp * 8 + round * stride);

    const uint32_t before = gpu_clock_low();
    static_assert(MODEL_WARPS == MODEL_GROUP_MOST, "a warp per query head");
    {
        float q[DIM / 32] = {};
        if (warp < m.group) {
            const float *row = raw + (g * m.group + warp) * DIM;
            if (PREPARED) {
#pragma unroll
                for (int i = 0; i < DIM / 32; i++)
                    q[i] = __ldcg(row + lane + 32 * i);
            } else {
                model_turn<DIM>(m, reader, row, m.qk_norm, m.q_norm + layer * DIM, rope, lane, q);
            }
        }
#pragma unroll
        for (int i = 0; i < DIM / 32; i++)
            *(uint16_t *)(queries + warp * query_stride + 2 * (lane + 32 * i)) =
                (uint16_t)model_pack(q[i] * m.scale, 0);
    }
    if (newest && warp >= MODEL_WARPS - 2) {
        const uint32_t side = MODEL_WARPS - 1 - warp;
        const float *row = raw + (m.heads + side * m.kv_heads + g) * DIM;
        float element[DIM / 32];
        if (side == 0) {
            model_turn<DIM>(m, reader, row, m.qk_norm, m.k_norm + layer * DIM, rope, lane, element);
        } else {
            model_take_head<DIM>(reader, row, lane, element);
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

    const uint32_t waited = gpu_clock_low() - before;
    const uint32_t query_at =
        (uint32_t)__cvta_generic_to_shared(queries) + head * query_stride + lane % 4 * 16;
    float *own_weights = weights + warp * 64;
    float out[MODEL_GROUP_MOST][2 * v_words] = {};
    float most = -1e30f, weight = 0; /* of this lane's head */
    for (uint32_t base = from + warp * 8; base < to; base += rounds * stride) {
#pragma unroll
        for (uint32_t round = 0; round < rounds; round++) {
            const uint32_t row0 = base + round * stride;
            if (row0 >= to)
                break;
            if (newest && row0 <= position && position < row0 + 8) {
                const uint32_t r = position - row0;
                if (lane / 4 == r) {
#pragma unroll
                    for (uint32_t i = 0; i < tiles; i++)
                        k[round][i] = *((const uint4 *)fresh + 4 * i + lane % 4);
                }
#pragma unroll
                for (uint32_t j = 0; j < 8; j++)
#pragma unroll
                    for (uint32_t i = 0; i < v_words; i++)
                        if (j == r && (words > 0 || lane < DIM / 2))
                            v[round][j][i] = *((const uint32_t *)(fresh + DIM) + 32 * i + lane);
            }
            float scores[4] = {};
#pragma unroll
            for (uint32_t i = 0; i < tiles; i++)
                model_score(scores, model_load_shared(query_at + 64 * i), k[round][i]);
            /* This lane has two rows' scores of its head. */
            const uint32_t row = row0 + lane % 4 * 2;
            const float low = row < to ? scores[0] : -1e30f,
                        high = row + 1 < to ? scores[1] : -1e30f;
            float largest = fmaxf(low, high);
            largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFF, largest, 1));
            largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFF, largest, 2));
            const float next = fmaxf(most, largest);
            const float scale = exp2f(most - next);
            const float low_weight = row < to ? exp2f(low - next) : 0;
            const float high_weight = row + 1 < to ? exp2f(high - next) : 0;
            most = next;
            weight = weight * scale + low_weight + high_weight;
            *(float2 *)(own_weights + head * 8 + lane % 4 * 2) =
                make_float2(low_weight, high_weight);
            __syncwarp();
            float value[8][2 * v_words];
#pragma unroll
            for (uint32_t r = 0; r < 8; r++)
#pragma unroll
                for (uint32_t i = 0; i < v_words; i++) {
                    value[r][2 * i] = model_low(v[round][r][i]);
                    value[r][2 * i + 1] = model_high(v[round][r][i]);
                }
            if (row0 + rounds * stride < to)
                load(round, row0 + rounds * stride);
#pragma unroll
            for (uint32_t h = 0; h < MODEL_GROUP_MOST; h++) {
                if (h >= m.group)
                    break;
                const float scale_h = __shfl_sync(0xFFFFFFFF, scale, h * 4);
                const float4 p0 = *(const float4 *)(own_weights + h * 8);
                const float4 p1 = *(const float4 *)(own_weights + h * 8 + 4);
                const float p[8] = {p0.x, p0.y, p0.z, p0.w, p1.x, p1.y, p1.z, p1.w};
#pragma unroll
                for (uint32_t i = 0; i < 2 * v_words; i++) {
                    out[h][i] *= scale_h;
#pragma unroll
                    for (uint32_t r = 0; r < 8; r++)
                        out[h][i] += p[r] * value[r][i];
                }
            }
            __syncwarp();
        }
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
        const uint32_t output = (b * m.heads + g * m.group + h) * DIM + d;
        if (m.splits == 1) { /* two neighbours are one word */
            const float own_value = sum / total;
            const float next = __shfl_down_sync(0xFFFFFFFF, own_value, 1);
            if (d % 2 == 0)
                model_store((uint32_t *)(set.mixed + output), model_pack(own_value, next),
                            set.other, m.batch * m.heads * DIM / 2);
            continue;
        }
        const uint32_t at = item * m.group + h, apart = m.batch * m.heads * m.splits * (DIM + 2);
        uint32_t *partials = (uint32_t *)set.partials;
        model_store(partials + (uint64_t)at * DIM + d, __float_as_uint(sum), set.other, apart);
        if (d < 2)
            model_store(partials + (uint64_t)m.batch * m.heads * m.splits * DIM + 2 * at + d,
                        __float_as_uint(d == 0 ? largest : total), set.other, apart);
    }
    model_sync();
    return waited;
}

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
            const float next = __shfl_down_sync(__activemask(), value, 1);
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
        waited = m.splits > 1 ? model_take_partials(m, shared, reader, set.partials)
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
