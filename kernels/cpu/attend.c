#include "attend.h"
#include "../attention.h"
#include "sums.h"

#include <math.h>
#include <string.h>

#define AHEAD_BYTES 2048u /* prefetch distance in K; 1024 to 4096 differ by a few per cent */

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
