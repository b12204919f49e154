#include "attend.h"
#include "../attention.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define AHEAD_BYTES 2048u /* prefetch distance in K; 1024 to 4096 differ by a few per cent */

typedef float quad __attribute__((vector_size(16), may_alias));

/* The sum of each of four vectors, per SIMD path. Halves are added crosswise, so four sums take six
 * shuffles instead of sixteen. */
static inline quad sums_baseline(quad a, quad b, quad c, quad d)
{
#if defined(__x86_64__)
    const __m128 ab = _mm_unpacklo_ps(a, b) + _mm_unpackhi_ps(a, b); /* a0 + a2, b0 + b2, ... */
    const __m128 cd = _mm_unpacklo_ps(c, d) + _mm_unpackhi_ps(c, d);
    return _mm_movelh_ps(ab, cd) + _mm_movehl_ps(cd, ab);
#else
    return (quad){(a[0] + a[2]) + (a[1] + a[3]), (b[0] + b[2]) + (b[1] + b[3]),
                  (c[0] + c[2]) + (c[1] + c[3]), (d[0] + d[2]) + (d[1] + d[3])};
#endif
}

#define FP16_BY_ONE(from)                                                                          \
    (quad)                                                                                         \
    {                                                                                              \
        attention_from_fp16((from)[0]), attention_from_fp16((from)[1]),                            \
            attention_from_fp16((from)[2]), attention_from_fp16((from)[3])                         \
    }
#define BF16_BY_ONE(from)                                                                          \
    (quad)                                                                                         \
    {                                                                                              \
        attention_from_bf16((from)[0]), attention_from_bf16((from)[1]),                            \
            attention_from_bf16((from)[2]), attention_from_bf16((from)[3])                         \
    }

#define ATTEND(name) name##_baseline
#define ATTEND_TARGET
#define ATTEND_LANES      4
#define ATTEND_HEADS      2
#define ATTEND_FP16(from) FP16_BY_ONE(from)
#define ATTEND_BF16(from) BF16_BY_ONE(from)
#include "attend_body.h"

#if defined(__x86_64__)

__attribute__((target("avx2"))) static inline quad sums_avx2(__m256 a, __m256 b, __m256 c, __m256 d)
{
    const __m256d ab = (__m256d)(_mm256_unpacklo_ps(a, b) + _mm256_unpackhi_ps(a, b));
    const __m256d cd = (__m256d)(_mm256_unpacklo_ps(c, d) + _mm256_unpackhi_ps(c, d));
    const __m256 all = (__m256)_mm256_unpacklo_pd(ab, cd) + (__m256)_mm256_unpackhi_pd(ab, cd);
    return _mm256_castps256_ps128(all) + _mm256_extractf128_ps(all, 1);
}

__attribute__((target("avx512f"))) static inline quad sums_avx512(__m512 a, __m512 b, __m512 c,
                                                                  __m512 d)
{
    const __m512d ab = (__m512d)(_mm512_unpacklo_ps(a, b) + _mm512_unpackhi_ps(a, b));
    const __m512d cd = (__m512d)(_mm512_unpacklo_ps(c, d) + _mm512_unpackhi_ps(c, d));
    const __m512 all = (__m512)_mm512_unpacklo_pd(ab, cd) + (__m512)_mm512_unpackhi_pd(ab, cd);
    const __m256 half =
        _mm512_castps512_ps256(all) + _mm256_castpd_ps(_mm512_extractf64x4_pd((__m512d)all, 1));
    return _mm256_castps256_ps128(half) + _mm256_extractf128_ps(half, 1);
}

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

#define PATHS(type)                                                                                \
    {                                                                                              \
        type##_baseline, type##_avx2, type##_avx512                                                \
    }
#else
#define PATHS(type)                                                                                \
    {                                                                                              \
        type##_baseline, type##_baseline, type##_baseline                                          \
    }
#endif

/* Every CPU with AVX2 and FMA also has F16C. */
attend_function *attend_path(enum dot_path path, enum data_type type)
{
    static attend_function *const functions[][DOT_PATHS] = {
        [DTYPE_BF16] = PATHS(bf16),
        [DTYPE_FP16] = PATHS(fp16),
        [DTYPE_FP32] = PATHS(fp32),
    };
    return functions[type][path];
}
