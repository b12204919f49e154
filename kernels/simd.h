/*
 * simd.h - which version of a function to call, if it was compiled for several SIMD paths:
 * NAME_baseline, and on x86 also NAME_avx2 (AVX2 and FMA) and NAME_avx512 (AVX-512F).
 */
#pragma once

/* The widest version that this CPU supports. */
#if defined(__x86_64__)
#define SIMD_WIDEST(NAME)                                                                          \
    (__builtin_cpu_supports("avx512f")                                 ? NAME##_avx512             \
     : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? NAME##_avx2               \
                                                                       : NAME##_baseline)
#else
#define SIMD_WIDEST(NAME) NAME##_baseline
#endif
