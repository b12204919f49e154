#include "attention_rows.h"
#include "simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANES 16 /* quads generated at once; a row has 16 at HEAD_DIM 64, 32 at HEAD_DIM 128 */

/* The values that all quads of a row share. */
struct lanes {
    uint64_t seed;
    uint32_t tensor, sequence;
    enum data_type type;
};

typedef void make_lanes(const struct lanes *lanes, uint32_t row, uint32_t quad, float *values);

#if defined(__x86_64__)

#define MAKE_LANES make_baseline
#define MAKE_TARGET
#define MAKE_BYTES                  16
#define MAKE_PRODUCT(words, factor) (wide) _mm_mul_epu32((__m128i)(words), (__m128i)(factor))
#include "attention_rows_body.h"

#define MAKE_LANES                  make_avx2
#define MAKE_TARGET                 __attribute__((target("avx2")))
#define MAKE_BYTES                  32
#define MAKE_PRODUCT(words, factor) (wide) _mm256_mul_epu32((__m256i)(words), (__m256i)(factor))
#include "attention_rows_body.h"

#define MAKE_LANES                  make_avx512
#define MAKE_TARGET                 __attribute__((target("avx512f")))
#define MAKE_BYTES                  64
#define MAKE_PRODUCT(words, factor) (wide) _mm512_mul_epu32((__m512i)(words), (__m512i)(factor))
#include "attention_rows_body.h"

#else

#define MAKE_LANES make_baseline
#define MAKE_TARGET
#define MAKE_BYTES                  16
#define MAKE_PRODUCT(words, factor) (((words)&UINT64_C(0xFFFFFFFF)) * (factor))
#include "attention_rows_body.h"

#endif

void attention_make_rows(const struct attention_shape *shape, enum attention_side side,
                         uint32_t copy, uint32_t b, uint32_t kv_head, uint32_t first,
                         uint32_t count, float *values)
{
    make_lanes *make = SIMD_WIDEST(make);
    const uint32_t quads = shape->head_dim / 4, context = attention_context(shape, b);
    struct lanes lanes = {
        .seed = shape->seed,
        .sequence = b * shape->kv_heads + kv_head,
        .type = shape->type,
    };
    for (uint32_t row = first; row < first + count; row++) {
        const bool appended = row >= context;
        lanes.tensor = !appended             ? INPUT_CACHE + 2 * copy + (uint32_t)side
                       : side == ATTENTION_K ? (uint32_t)INPUT_K
                                             : (uint32_t)INPUT_V;
        for (uint32_t quad = 0; quad < quads; quad += LANES, values += (size_t)4 * LANES)
            make(&lanes, appended ? row - context : row, quad, values);
    }
}

void attention_uniform_row(uint64_t seed, uint32_t tensor, uint32_t b, uint32_t t, uint32_t columns,
                           float *values)
{
    enum { AT_ONCE = 4 * LANES };
    make_lanes *make = SIMD_WIDEST(make);
    const struct lanes lanes = {.seed = seed, .tensor = tensor, .sequence = b, .type = DTYPE_FP32};
    uint32_t column = 0;
    for (; column + AT_ONCE <= columns; column += AT_ONCE)
        make(&lanes, t, column / 4, values + column);
    if (column < columns) {
        float rest[AT_ONCE];
        make(&lanes, t, column / 4, rest);
        memcpy(values + column, rest, (columns - column) * sizeof *values);
    }
}

void attention_store(enum data_type type, const float *values, size_t count, void *stored)
{
    uint16_t *halves = stored;
    if (type == DTYPE_FP32)
        memcpy(stored, values, count * sizeof *values);
    else if (type == DTYPE_BF16)
        for (size_t i = 0; i < count; i++)
            halves[i] = attention_to_bf16(values[i]);
    else
        for (size_t i = 0; i < count; i++)
            halves[i] = attention_to_fp16(values[i]);
}

void attention_load(enum data_type type, const void *stored, size_t count, float *values)
{
    const uint16_t *halves = stored;
    if (type == DTYPE_FP32)
        memcpy(values, stored, count * sizeof *values);
    else if (type == DTYPE_BF16)
        for (size_t i = 0; i < count; i++)
            values[i] = attention_from_bf16(halves[i]);
    else
        for (size_t i = 0; i < count; i++)
            values[i] = attention_from_fp16(halves[i]);
}
