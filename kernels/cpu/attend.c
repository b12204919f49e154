#include "attend.h"
#include "../attention.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define HALVES_ONE_BY_ONE(from)                                                                    \
    ((vector_baseline){attention_from_fp16((from)[0]), attention_from_fp16((from)[1]),             \
                       attention_from_fp16((from)[2]), attention_from_fp16((from)[3])})

#define ATTEND(name) name##_baseline
#define ATTEND_TARGET
#define ATTEND_LANES      4
#define ATTEND_FP16(from) HALVES_ONE_BY_ONE(from)
#include "attend_body.h"

#if defined(__x86_64__)

#define ATTEND(name)      name##_avx2
#define ATTEND_TARGET     __attribute__((target("avx2,fma,f16c")))
#define ATTEND_LANES      8
#define ATTEND_FP16(from) (vector_avx2) _mm256_cvtph_ps((__m128i)(from))
#include "attend_body.h"

#define ATTEND(name)      name##_avx512
#define ATTEND_TARGET     __attribute__((target("avx512f")))
#define ATTEND_LANES      16
#define ATTEND_FP16(from) (vector_avx512) _mm512_cvtph_ps((__m256i)(from))
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

/* Every CPU with AVX2 and FMA has F16C too. */
attend_function *attend_path(enum dot_path path, enum data_type type)
{
    static attend_function *const functions[][DOT_PATHS] = {
        [DTYPE_BF16] = PATHS(bf16), [DTYPE_FP16] = PATHS(fp16), [DTYPE_FP32] = PATHS(fp32)};
    return functions[type][path];
}
