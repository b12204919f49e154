#include "multiply.h"
#include "../model.h"
#include "sums.h"

_Static_assert(MODEL_BATCH_MOST == 8, "the passes are for 1 to 8 sequences");

#define MULTIPLY(name) name##_baseline
#define MULTIPLY_TARGET
#define MULTIPLY_LANES      4
#define MULTIPLY_SUMS       8
#define MULTIPLY_BF16(from) (vector_baseline)(__builtin_convertvector(from, bits_baseline) << 16)
#include "multiply_body.h"

#if defined(__x86_64__)

#define MULTIPLY(name)  name##_avx2
#define MULTIPLY_TARGET __attribute__((target("avx2,fma")))
#define MULTIPLY_LANES  8
#define MULTIPLY_SUMS   8
#define MULTIPLY_BF16(from)                                                                        \
    (vector_avx2) _mm256_slli_epi32(_mm256_cvtepu16_epi32((__m128i)(from)), 16)
#include "multiply_body.h"

#define MULTIPLY(name)  name##_avx512
#define MULTIPLY_TARGET __attribute__((target("avx512f")))
#define MULTIPLY_LANES  16
#define MULTIPLY_SUMS   16
#define MULTIPLY_BF16(from)                                                                        \
    (vector_avx512) _mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)(from)), 16)
#include "multiply_body.h"

multiply_function *multiply_path(enum dot_path path)
{
    static multiply_function *const functions[DOT_PATHS] = {
        multiply_baseline,
        multiply_avx2,
        multiply_avx512,
    };
    return functions[path];
}

#else

multiply_function *multiply_path(enum dot_path path)
{
    (void)path;
    return multiply_baseline;
}

#endif
