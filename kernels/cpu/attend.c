#include "attend.h"
#include "../attention.h"
#include "sums.h"

#include <math.h>
#include <string.h>

#define AHEAD_BYTES 2048u /* prefetch distance in K; 1024 to 4096 are almost as fast */

/* Clears the sums, unless they contain the results of earlier passes. */
static void begin_sums(const struct attend *attend)
{
    if (attend->goes_on)
        return;
    for (uint32_t h = 0; h < attend->group; h++) {
        attend->sums.most[h] = -INFINITY;
        attend->sums.weight[h] = 0;
    }
    memset(attend->sums.out, 0, (size_t)attend->group * attend->head_dim * sizeof(float));
}

#define ATTEND(name) name##_baseline
#define ATTEND_TARGET
#define ATTEND_LANES 4
#define ATTEND_HEADS 2
#define ATTEND_FP16(from)                                                                          \
    (quad)                                                                                         \
    {                                                                                              \
        attention_from_fp16((from)[0]), attention_from_fp16((from)[1]),                            \
            attention_from_fp16((from)[2]), attention_from_fp16((from)[3])                         \
    }
#define ATTEND_BF16(from) (vector_baseline)(__builtin_convertvector(from, bits_baseline) << 16)
#include "attend_body.h"

#if defined(__x86_64__)

#define ATTEND(name)      name##_avx2
#define ATTEND_TARGET     __attribute__((target("avx2,fma,f16c")))
#define ATTEND_LANES      8
#define ATTEND_HEADS      2
#define ATTEND_FP16(from) (vector_avx2) _mm256_cvtph_ps((__m128i)(from))
#define ATTEND_BF16(from)                                                                          \
    (vector_avx2) _mm256_slli_epi32(_mm256_cvtepu16_epi32((__m128i)(from)), 16)
#include "attend_body.h"

#define ATTEND(name)      name##_avx512
#define ATTEND_TARGET     __attribute__((target("avx512f")))
#define ATTEND_LANES      16
#define ATTEND_HEADS      4
#define ATTEND_FP16(from) (vector_avx512) _mm512_cvtph_ps((__m256i)(from))
#define ATTEND_BF16(from)                                                                          \
    (vector_avx512) _mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)(from)), 16)
#include "attend_body.h"

/* ---- bf16 with the processor's own products ------------------------------------------------- */

/* AVX512_BF16 multiplies pairs of bf16 numbers and adds both products to a float. So K and V need
 * no conversion, and there are half as many multiplications. It needs queries and weights rounded
 * to bf16, as a GPU's tensor cores do: a score's relative error is at most 2^-8, usually far less,
 * because the errors of HEAD_DIM products have different signs. */
#define NATIVE_TARGET __attribute__((target("avx512f,avx512bw,avx512bf16")))
#define NATIVE_INLINE NATIVE_TARGET static inline __attribute__((always_inline))

enum { NATIVE_LANES = 32, NATIVE_STEPS_MOST = ATTENTION_HEAD_DIM_MOST / NATIVE_LANES };

/* 32 floats in bf16. */
NATIVE_INLINE __m512i native_round(const float *from)
{
    return (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + 16), _mm512_loadu_ps(from));
}

/* Computes the scores of `heads` heads for four rows of the tile; rows past the end repeat the last
 * row. */
NATIVE_INLINE void native_score_rows(uint32_t heads, const struct attend *attend,
                                     const __m512i queries[4][NATIVE_STEPS_MOST],
                                     const size_t offsets[4], uint32_t row, bool ahead,
                                     float scores[4][ATTEND_TILE_MOST])
{
    const uint16_t *k = attend->k;
    __m512 sums[4][4];
#pragma GCC unroll 4
    for (uint32_t h = 0; h < heads; h++)
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++)
            sums[h][r] = _mm512_setzero_ps();
    for (uint32_t step = 0; step < attend->head_dim / NATIVE_LANES; step++) {
        const size_t next = (offsets[0] + (size_t)4 * NATIVE_LANES * step) * sizeof *k;
        if (ahead)
            prefetch_avx512(attend, sizeof *k, next, (size_t)4 * 64);
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) {
            const __m512i row_of_k =
                _mm512_loadu_si512(k + offsets[r] + (size_t)step * NATIVE_LANES);
#pragma GCC unroll 4
            for (uint32_t h = 0; h < heads; h++)
                sums[h][r] =
                    _mm512_dpbf16_ps(sums[h][r], (__m512bh)row_of_k, (__m512bh)queries[h][step]);
        }
    }
#pragma GCC unroll 4
    for (uint32_t h = 0; h < heads; h++)
        *(quad *)(void *)&scores[h][row] =
            sums_avx512(sums[h][0], sums[h][1], sums[h][2], sums[h][3]);
}

/* Like add_avx512, but weights are bf16, two rows per word. */
NATIVE_INLINE void native_add(uint32_t heads, const struct attend *attend,
                              const uint16_t weights[4][ATTEND_TILE_MOST], const float *scales,
                              uint32_t first, uint32_t rows, float *out)
{
    const uint16_t *v = (const uint16_t *)attend->v + (size_t)first * attend->head_dim;
    const __m512i ascending =
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    /* Indices that put column i of two rows side by side: words i and 32 + i of v0 and v1. */
    const __m512i low = _mm512_add_epi32(_mm512_mullo_epi32(ascending, _mm512_set1_epi32(0x10001)),
                                         _mm512_set1_epi32(0x200000));
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(0x100010));
    for (uint32_t d = 0; d < attend->head_dim; d += NATIVE_LANES) {
        __m512 sums[4][2];
#pragma GCC unroll 4
        for (uint32_t h = 0; h < heads; h++)
            sums[h][0] = sums[h][1] = _mm512_setzero_ps();
        for (uint32_t r = 0; r < rows; r += 2) {
            const uint16_t *at = v + (size_t)r * attend->head_dim + d;
            const __m512i v0 = _mm512_loadu_si512(at);
            const __m512i v1 =
                r + 1 < rows ? _mm512_loadu_si512(at + attend->head_dim) : _mm512_setzero_si512();
            const __m512bh near = (__m512bh)_mm512_permutex2var_epi16(v0, low, v1);
            const __m512bh far = (__m512bh)_mm512_permutex2var_epi16(v0, high, v1);
#pragma GCC unroll 4
            for (uint32_t h = 0; h < heads; h++) {
                uint32_t pair;
                memcpy(&pair, &weights[h][r], sizeof pair);
                const __m512bh weight = (__m512bh)_mm512_set1_epi32((int)pair);
                sums[h][0] = _mm512_dpbf16_ps(sums[h][0], near, weight);
                sums[h][1] = _mm512_dpbf16_ps(sums[h][1], far, weight);
            }
        }
#pragma GCC unroll 4
        for (uint32_t h = 0; h < heads; h++) {
            vector_avx512 *to = (vector_avx512 *)(void *)(out + (size_t)h * attend->head_dim + d);
            to[0] = to[0] * scales[h] + (vector_avx512)sums[h][0];
            to[1] = to[1] * scales[h] + (vector_avx512)sums[h][1];
        }
    }
}

NATIVE_INLINE void native_tile(uint32_t heads, const struct attend *attend, uint32_t head,
                               uint32_t first, uint32_t rows)
{
    float scores[4][ATTEND_TILE_MOST] __attribute__((aligned(64)));
    uint16_t weights[4][ATTEND_TILE_MOST] __attribute__((aligned(64)));
    __m512i queries[4][NATIVE_STEPS_MOST];
    float scales[4];
    const uint32_t head_dim = attend->head_dim;
    const float *from = attend->queries + (size_t)head * head_dim;
    for (uint32_t h = 0; h < heads; h++)
        for (uint32_t step = 0; step < head_dim / NATIVE_LANES; step++)
            queries[h][step] =
                native_round(from + (size_t)h * head_dim + (size_t)step * NATIVE_LANES);
    for (uint32_t row = 0; row < rows; row += 4) {
        size_t offsets[4];
        for (uint32_t r = 0; r < 4; r++)
            offsets[r] = (size_t)(first + (row + r < rows ? row + r : rows - 1)) * head_dim;
        native_score_rows(heads, attend, (const __m512i(*)[NATIVE_STEPS_MOST])queries, offsets, row,
                          head == 0, scores);
    }
    for (uint32_t h = 0; h < heads; h++) {
        for (uint32_t r = rows; r % NATIVE_LANES != 0; r++)
            scores[h][r] = -INFINITY;
        scales[h] = weigh_avx512(scores[h], rows, &attend->sums.most[head + h],
                                 &attend->sums.weight[head + h]);
        for (uint32_t r = 0; r < rows; r += NATIVE_LANES)
            _mm512_store_si512(weights[h] + r, native_round(scores[h] + r));
    }
    native_add(heads, attend, (const uint16_t(*)[ATTEND_TILE_MOST])weights, scales, first, rows,
               attend->sums.out + (size_t)head * head_dim);
}

NATIVE_TARGET static void bf16_native(const struct attend *attend)
{
    begin_sums(attend);
    for (uint32_t first = 0; first < attend->rows; first += attend->tile) {
        const uint32_t left = attend->rows - first;
        const uint32_t rows = left < attend->tile ? left : attend->tile;
        uint32_t head = 0;
        for (; head + 4 <= attend->group; head += 4)
            native_tile(4, attend, head, first, rows);
        if (attend->group - head == 3)
            native_tile(3, attend, head, first, rows);
        else if (attend->group - head == 2)
            native_tile(2, attend, head, first, rows);
        else if (attend->group - head == 1)
            native_tile(1, attend, head, first, rows);
    }
}

bool attend_native_runs(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bf16");
}

#define PATHS(type)                                                                                \
    {                                                                                              \
        type##_baseline, type##_avx2, type##_avx512                                                \
    }
#else
#define PATHS(type)                                                                                \
    {                                                                                              \
        type##_baseline, type##_baseline, type##_baseline                                          \
    }
#define bf16_native bf16_baseline

bool attend_native_runs(void)
{
    return false;
}
#endif

/* Every CPU with AVX2 and FMA also has F16C. */
attend_function *attend_choose(enum dot_path path, enum data_type type, bool native)
{
    static attend_function *const functions[][DOT_PATHS] = {
        [DTYPE_BF16] = PATHS(bf16),
        [DTYPE_FP16] = PATHS(fp16),
        [DTYPE_FP32] = PATHS(fp32),
    };
    return native && path == DOT_AVX512 && type == DTYPE_BF16 ? bf16_native : functions[type][path];
}

attend_function *attend_path(enum dot_path path, enum data_type type)
{
    return attend_choose(path, type, attend_native_runs());
}
