#include "model_arithmetic.h"
#include "simd.h"

#include <math.h>
#include <string.h>

#define LANES 8u /* numbers per SIMD vector */

typedef double lanes __attribute__((vector_size(LANES * 8)));
typedef float floats __attribute__((vector_size(LANES * 4)));
typedef uint32_t words __attribute__((vector_size(LANES * 4)));
typedef uint16_t halves __attribute__((vector_size(LANES * 2)));

#define INLINE static inline __attribute__((always_inline))

/* bf16 to double. */
INLINE void widen(const uint16_t *stored, uint32_t columns, double *values)
{
    for (uint32_t i = 0; i < columns; i += LANES) {
        halves from;
        memcpy(&from, stored + i, sizeof from);
        const words bits = __builtin_convertvector(from, words) << 16;
        const lanes wide = __builtin_convertvector((floats)bits, lanes);
        memcpy(values + i, &wide, sizeof wide);
    }
}

INLINE double sum_lanes(const lanes *vector)
{
    double sum = 0;
    for (uint32_t i = 0; i < LANES; i++)
        sum += (*vector)[i];
    return sum;
}

/* Computes the products of MODEL_ROWS_ONCE weight rows and `tokens` rows of activations:
 * sums[row][token]. */
INLINE void multiply(const double *weights, const double *in, uint32_t columns, uint32_t tokens,
                     double sums[MODEL_ROWS_ONCE][MODEL_TOKENS_ONCE])
{
    lanes products[MODEL_ROWS_ONCE][MODEL_TOKENS_ONCE] = {{{0}}};
    for (uint32_t i = 0; i < columns; i += LANES) {
        lanes x[MODEL_TOKENS_ONCE];
#pragma GCC unroll 4
        for (uint32_t t = 0; t < tokens; t++)
            memcpy(&x[t], in + (size_t)t * columns + i, sizeof x[t]);
#pragma GCC unroll 4
        for (uint32_t r = 0; r < MODEL_ROWS_ONCE; r++) {
            lanes weight;
            memcpy(&weight, weights + (size_t)r * columns + i, sizeof weight);
#pragma GCC unroll 4
            for (uint32_t t = 0; t < tokens; t++)
                products[r][t] += weight * x[t];
        }
    }
#pragma GCC unroll 4
    for (uint32_t r = 0; r < MODEL_ROWS_ONCE; r++)
#pragma GCC unroll 4
        for (uint32_t t = 0; t < tokens; t++)
            sums[r][t] = sum_lanes(&products[r][t]);
}

/* Adds the first `rows` rows of a tile to the running softmax. M. Milakov, N. Gimelshein, "Online
 * normalizer calculation for softmax", 2018. */
INLINE void attend(const struct model_tile *tile, const double *query, uint32_t head_dim,
                   uint32_t rows, struct model_sums *sums)
{
    const uint32_t vectors = head_dim / LANES;
    const double scale = 1 / sqrt(head_dim);
    double weights[MODEL_TILE], most = sums->most;
    lanes *out = (lanes *)(void *)sums->out;
    for (uint32_t row = 0; row < rows; row++) {
        const lanes *k = (const void *)(tile->k + (size_t)row * head_dim);
        lanes products = {0};
        for (uint32_t i = 0; i < vectors; i++) {
            lanes q;
            memcpy(&q, query + (size_t)i * LANES, sizeof q);
            products += q * k[i];
        }
        weights[row] = sum_lanes(&products) * scale;
        most = weights[row] > most ? weights[row] : most;
    }
    const double rescale = exp(sums->most - most);
    sums->most = most;
    sums->weight *= rescale;
    for (uint32_t i = 0; i < vectors; i++)
        out[i] *= rescale;
    for (uint32_t row = 0; row < rows; row++) {
        const lanes *v = (const void *)(tile->v + (size_t)row * head_dim);
        const double weight = exp(weights[row] - most);
        sums->weight += weight;
        for (uint32_t i = 0; i < vectors; i++)
            out[i] += weight * v[i];
    }
}

/* With a constant number of tokens, `multiply` keeps its sums in registers. */
/* NOLINTBEGIN(bugprone-macro-parentheses): TARGET is an attribute */
#define PATH(NAME, TARGET)                                                                         \
    TARGET static void widen_##NAME(const uint16_t *stored, uint32_t columns, double *values)      \
    {                                                                                              \
        widen(stored, columns, values);                                                            \
    }                                                                                              \
    TARGET static void multiply_##NAME(const double *weights, const double *in, uint32_t columns,  \
                                       uint32_t tokens,                                            \
                                       double sums[MODEL_ROWS_ONCE][MODEL_TOKENS_ONCE])            \
    {                                                                                              \
        if (tokens == MODEL_TOKENS_ONCE)                                                           \
            multiply(weights, in, columns, MODEL_TOKENS_ONCE, sums);                               \
        else if (tokens == 3)                                                                      \
            multiply(weights, in, columns, 3, sums);                                               \
        else if (tokens == 2)                                                                      \
            multiply(weights, in, columns, 2, sums);                                               \
        else                                                                                       \
            multiply(weights, in, columns, 1, sums);                                               \
    }                                                                                              \
    TARGET static void attend_##NAME(const struct model_tile *tile, const double *query,           \
                                     uint32_t head_dim, uint32_t rows, struct model_sums *sums)    \
    {                                                                                              \
        attend(tile, query, head_dim, rows, sums);                                                 \
    }                                                                                              \
    static const struct model_arithmetic path_##NAME = {                                           \
        .widen = widen_##NAME, .multiply = multiply_##NAME, .attend = attend_##NAME};
/* NOLINTEND(bugprone-macro-parentheses) */

PATH(baseline, )
#if defined(__x86_64__)
PATH(avx2, __attribute__((target("avx2,fma"))))
PATH(avx512, __attribute__((target("avx512f"))))
#endif

const struct model_arithmetic *model_arithmetic_choose(void)
{
    return SIMD_WIDEST(&path);
}
