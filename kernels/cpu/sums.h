/*
 * sums.h - the sum of the lanes of each of four vectors, per SIMD path (dot.h). Halves are added
 * crosswise, so four sums take six shuffles instead of sixteen.
 */
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float quad __attribute__((vector_size(16), may_alias));

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

#endif
