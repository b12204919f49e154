/*
 * model_words.cuh - code that the phases of `model` share: the layout of a program's shared memory,
 * number formats, and the activations that programs exchange.
 */
#ifndef KERNELS_CUDA_MODEL_WORDS_CUH
#define KERNELS_CUDA_MODEL_WORDS_CUH

#include "../model.h"
#include "../plan/model_plan.h"
#include "gpu.cuh"

#define MODEL_THREADS (32 * MODEL_WARPS)

/* clang-format off */
/* Instances of a kernel template for each head dimension, its first parameter. `...`: its other
 * arguments. */
#define MODEL_BY_DIM(KERNEL, ...)                                                                  \
    {                                                                                              \
        (const void *)KERNEL<32 __VA_OPT__(,) __VA_ARGS__>,                                        \
        (const void *)KERNEL<64 __VA_OPT__(,) __VA_ARGS__>,                                        \
        (const void *)KERNEL<128 __VA_OPT__(,) __VA_ARGS__>,                                       \
    }

/* Instances for each range of batches as well (model_batch_range). The template's second parameter
 * is the range's largest batch. */
#define MODEL_BY_BATCH_AND_DIM(KERNEL, ...)                                                        \
    {                                                                                              \
        MODEL_BY_DIM(KERNEL, 1 __VA_OPT__(,) __VA_ARGS__),                                         \
        MODEL_BY_DIM(KERNEL, MODEL_BATCH_FEW __VA_OPT__(,) __VA_ARGS__),                           \
        MODEL_BY_DIM(KERNEL, MODEL_BATCH_MOST __VA_OPT__(,) __VA_ARGS__),                          \
    }
/* clang-format on */

/* ---- shared memory -------------------------------------------------------------------------- */

struct model_shared {
    char *act;   /* activations; in attention: queries, new rows, weights, partial sums */
    char *zeros; /* 16 zero bytes */
    struct model_share *shares; /* [MODEL_PHASES]: this program's; only in persistent kernels */
    float *sums;                /* [2][MODEL_WARPS][row blocks at once][batch][8] */
    float *squares;             /* [batch][MODEL_WARPS]: each warp's sum of squares, for RMSNorm */
    float *factors;             /* [batch]: RMSNorm's factors */
    unsigned long long *best;   /* [batch]: the largest key (model_key) */
    uint32_t *word;             /* 1; becomes 0 when the program gives up */
    char *rest;                 /* the remaining shared memory, 128-byte aligned */
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
    shared.zeros = after + MODEL_SMALL_BYTES - 128;
    shared.shares = (struct model_share *)(shared.word + 4);
    if (threadIdx.x == 0)
        *(uint4 *)shared.zeros = make_uint4(0, 0, 0, 0); /* visible after the next barrier */
    shared.rest = after + MODEL_SMALL_BYTES;
    return shared;
}

/* Synchronises the compute warps. */
static __device__ __forceinline__ void model_sync()
{
    asm volatile("bar.sync 1, %0;" ::"n"(MODEL_THREADS) : "memory");
}

static __device__ __forceinline__ uint4 model_load_shared(uint32_t at)
{
    uint4 value;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "r"(at)
                 : "memory");
    return value;
}

/* Synchronises the compute warps. Returns to all threads whether any of them passed true. */
static __device__ __forceinline__ bool model_sync_any(bool any)
{
    uint32_t result;
    asm volatile("{\n\t"
                 ".reg .pred own, all;\n\t"
                 "setp.ne.u32 own, %1, 0;\n\t"
                 "bar.red.or.pred all, 1, %2, own;\n\t"
                 "selp.u32 %0, 1, 0, all;\n\t"
                 "}"
                 : "=r"(result)
                 : "r"((uint32_t)any), "n"(MODEL_THREADS)
                 : "memory");
    return result != 0;
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Packs two floats as bf16 in one word, `low` in the lower half. */
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

/* Packs a logit and its index into a key. A larger logit gives a larger key. Of equal logits, the
 * one with the lower index gives the larger key. */
static __device__ __forceinline__ unsigned long long model_key(float logit, uint32_t index)
{
    const uint32_t bits = __float_as_uint(logit);
    const uint32_t ordered = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return (unsigned long long)ordered << 32 | ~index;
}

/* Returns the input token of a sequence's step t. */
static __device__ __forceinline__ uint32_t model_token(const struct gpu_model &m, uint32_t t,
                                                       uint32_t b)
{
    if (t == 0)
        return m.first[b];
    const uint32_t token = ~(uint32_t)__ldcg(m.best + (t - 1) * m.batch + b);
    return token < m.vocabulary ? token : 0; /* only after a fault */
}

/* Returns the offset, in elements, of (row, column) in a matrix that is stored in tiles. */
static __device__ __forceinline__ uint64_t model_tile_at(uint32_t columns, uint32_t row,
                                                         uint32_t column)
{
    const uint64_t tile = (uint64_t)(row / MODEL_TILE_ROWS) * (columns / MODEL_TILE_COLUMNS) +
                          column / MODEL_TILE_COLUMNS;
    return tile * (MODEL_TILE_BYTES / 2) + row % MODEL_TILE_ROWS * MODEL_TILE_COLUMNS +
           column % MODEL_TILE_COLUMNS;
}

/* ---- activations ---------------------------------------------------------------------------- */

/* An index that means: read nothing; the value is 0. */
#define MODEL_NOTHING UINT32_MAX

/* The outcome of waiting for a phase's activations. */
struct model_arrival {
    uint32_t waited; /* cycles that the thread waited */
    bool left;       /* the program gave up: some activations are missing */
};

/*
 * Reads the previous phase's activations. With `words`, a program polls each word until another
 * program has written it, so a word is its own signal and no barrier is needed. Otherwise a barrier
 * or the end of a launch has ensured that all words are written.
 */
struct model_reader {
    bool words;
    const uint32_t *abort;
    uint32_t *word; /* in shared memory: set to 0 if the program gives up */

    static __device__ __forceinline__ void load(uint4 &value, const uint4 *from, bool wanted)
    {
        asm volatile("{\n\t"
                     ".reg .pred wanted;\n\t"
                     "setp.ne.u32 wanted, %5, 0;\n\t"
                     "@wanted ld.relaxed.gpu.global.v4.u32 {%0, %1, %2, %3}, [%4];\n\t"
                     "}"
                     : "+r"(value.x), "+r"(value.y), "+r"(value.z), "+r"(value.w)
                     : "l"(from), "r"((uint32_t)wanted)
                     : "memory");
    }
    static __device__ __forceinline__ void load(uint32_t &value, const uint32_t *from, bool wanted)
    {
        asm volatile("{\n\t"
                     ".reg .pred wanted;\n\t"
                     "setp.ne.u32 wanted, %2, 0;\n\t"
                     "@wanted ld.relaxed.gpu.global.u32 %0, [%1];\n\t"
                     "}"
                     : "+r"(value)
                     : "l"(from), "r"((uint32_t)wanted)
                     : "memory");
    }
    static __device__ __forceinline__ bool missing(const uint4 &value)
    {
        return value.x == MODEL_NO_WORD || value.y == MODEL_NO_WORD || value.z == MODEL_NO_WORD ||
               value.w == MODEL_NO_WORD;
    }
    static __device__ __forceinline__ bool missing(uint32_t value)
    {
        return value == MODEL_NO_WORD;
    }
    /*
     * Reads N values. Value i is at from + at(i), or is 0 if at(i) is MODEL_NOTHING. With words,
     * polls until all values have arrived or the program gives up. A poll requests all missing
     * values at once, so it takes one round trip. But if no value has arrived since the previous
     * poll, it requests only one value: all programs poll the same words, and polls take bandwidth
     * from weights.
     */
    template <uint32_t N, class VALUE, class AT>
    __device__ __forceinline__ void read(VALUE (&values)[N], const VALUE *from, AT at) const
    {
        uint64_t began_ns = 0;
        uint32_t lacking = 0;
#pragma unroll
        for (uint32_t i = 0; i < N; i++) {
            values[i] = VALUE();
            load(values[i], from + at(i), at(i) != MODEL_NOTHING);
        }
        for (uint32_t look = 1; words; look++) {
            const uint32_t before = lacking;
            lacking = 0;
#pragma unroll
            for (uint32_t i = 0; i < N; i++)
                lacking |= missing(values[i]) ? 1u << i : 0;
            if (lacking == 0 || (look % 256 == 0 && gives_up(began_ns)))
                return;
            const uint32_t asked = lacking == before ? lacking & -lacking : lacking;
#pragma unroll
            for (uint32_t i = 0; i < N; i++)
                load(values[i], from + at(i), asked >> i & 1);
        }
    }
    /* Synchronises the program's compute warps. Returns true if the program gives up. */
    __device__ __forceinline__ bool sync() const
    {
        if (words)
            return model_sync_any(*(volatile uint32_t *)word == 0);
        model_sync();
        return false;
    }
    /* Whether the host has aborted the iteration, or the deadline has passed. After the deadline
     * the host aborts the iteration too, so the program's later polls end soon. */
    __device__ __forceinline__ bool gives_up(uint64_t &began_ns) const
    {
        const uint64_t now_ns = gpu_timer();
        began_ns = began_ns ? began_ns : now_ns;
        if (gpu_load(abort) == 0 && now_ns - began_ns <= GPU_DEADLINE_NS)
            return false;
        *(volatile uint32_t *)word = 0;
        return true;
    }
};

/* The activations of a layer at step t. `other` is the distance to the same layer's activations at
 * the next step. A program marks those as missing before any program can read them (model_store).
 */
struct model_set {
    float *x, *raw;
    uint16_t *mixed, *inner;
    float *partials;
    int64_t other; /* sets from this one to the next step's; 0: all steps share a set */

    __device__ __forceinline__ model_set(const struct gpu_model &m, uint32_t t, uint32_t layer)
    {
        const uint32_t set = model_set_of(&m, t, layer);
        const uint64_t heads = (uint64_t)m.batch * m.heads;
        x = m.x + (uint64_t)set * 2 * m.batch * m.hidden;
        raw = m.raw + (uint64_t)set * m.batch * model_raw_rows(&m);
        mixed = m.mixed + set * heads * m.head_dim;
        inner = m.inner + (uint64_t)set * m.batch * m.mlp;
        partials = m.partials + set * model_partial_words(m.batch, m.heads, m.head_dim, m.splits);
        other = !m.words ? 0 : t & 1 ? -(int64_t)m.layers : (int64_t)m.layers;
    }
};

/* Writes a word and marks the next step's word, `other` words further, as missing. other 0: all
 * steps share the word, and none is marked. */
static __device__ __forceinline__ void model_store(uint32_t *to, uint32_t value, int64_t other)
{
    asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(to), "r"(value) : "memory");
    if (other != 0)
        to[other] = MODEL_NO_WORD;
}

/* ---- the order of activations in shared memory ---------------------------------------------- */

/* Stores elements d .. d + 3 of a sequence's activations in shared memory, as two words. Each eight
 * elements are four words, stored in the order 0, 2, 1, 3. So with up to four sequences, a lane
 * reads its two words in one load: words 0 and 2 for operand columns 0 to 3, words 1 and 3 for
 * columns 4 to 7. */
static __device__ __forceinline__ void model_put(char *act, uint32_t d, uint32_t low, uint32_t high)
{
    char *eight = act + d / 8 * 16 + (d & 4);
    *(uint32_t *)eight = low;
    *(uint32_t *)(eight + 8) = high;
}

#endif
