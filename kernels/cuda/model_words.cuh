/*
 * model_words.cuh - what the phases of `model` share: a program's shared memory, numbers, and the
 * activations that programs exchange.
 */
#ifndef KERNELS_CUDA_MODEL_WORDS_CUH
#define KERNELS_CUDA_MODEL_WORDS_CUH

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
    shared.zeros = after + MODEL_SMALL_BYTES - 128;
    shared.shares = (struct model_share *)(shared.word + 4);
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

static __device__ __forceinline__ uint4 model_load_shared(uint32_t at)
{
    uint4 value;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "r"(at)
                 : "memory");
    return value;
}

/* The same barrier, which tells all threads whether one of them gave `any`. */
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
#define MODEL_NOTHING UINT32_MAX

/* How a program got the activations of a phase. */
struct model_arrival {
    uint32_t waited; /* cycles */
    bool left;       /* it gave up: they are not all there */
};

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
     * Reads N values; value i is at from + at(i), or 0 if at(i) is MODEL_NOTHING. With words, looks
     * until all are there or the program gives up. A look asks for all that is missing at once, so
     * that it takes one round trip; but where the look before brought nothing, only for one value:
     * all programs wait for the same words, and their looks take bandwidth from weights.
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
    /* A barrier of the program. True: it gives up. */
    __device__ __forceinline__ bool meet() const
    {
        if (words)
            return model_sync_any(*(volatile uint32_t *)word == 0);
        model_sync();
        return false;
    }
    /* After a deadline the host aborts the iteration, so the looks that follow end soon. */
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
        partials = m.partials + set * model_partial_words(m.batch, m.heads, m.head_dim, m.splits);
        other = !m.words ? 0 : t & 1 ? -(int64_t)m.layers : (int64_t)m.layers;
    }
};

/* Writes a word, and marks that of the next step as missing: `other` words from it, unless 0. */
static __device__ __forceinline__ void model_store(uint32_t *to, uint32_t value, int64_t other)
{
    asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(to), "r"(value) : "memory");
    if (other != 0)
        to[other] = MODEL_NO_WORD;
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

#endif
