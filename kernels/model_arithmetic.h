/*
 * model_arithmetic.h - the inner loops of the reference of `model`, in double precision. They are
 * compiled once per SIMD path and selected at run time.
 *
 * Arrays of doubles need no alignment, except the arrays in the two structs here. Columns and
 * head_dim are multiples of 8.
 */
#pragma once

#include "model.h"

#define MODEL_LINE_BYTES  64u
#define MODEL_ROWS_ONCE   4u  /* weight rows multiplied at once */
#define MODEL_TOKENS_ONCE 4u  /* tokens whose activations are multiplied at once */
#define MODEL_TILE        64u /* cache rows per tile */

/* Rows of K and V, [MODEL_TILE][head_dim] each. */
struct model_tile {
    _Alignas(MODEL_LINE_BYTES) double k[MODEL_TILE * MODEL_HEAD_DIM_MOST];
    _Alignas(MODEL_LINE_BYTES) double v[MODEL_TILE * MODEL_HEAD_DIM_MOST];
};

/* The running softmax of a query over rows of K and V. Start with {.most = -INFINITY}; the result
 * is out[head_dim] / weight. */
struct model_sums {
    _Alignas(MODEL_LINE_BYTES) double out[MODEL_HEAD_DIM_MOST];
    double most, weight;
};

/* The functions of one SIMD path. */
struct model_arithmetic {
    /* Converts bf16 to double: values[columns] = stored[columns]. */
    void (*widen)(const uint16_t *stored, uint32_t columns, double *values);

    /* Computes the products of weights[MODEL_ROWS_ONCE][columns] and in[tokens][columns]:
     * sums[row][token], for 1 to MODEL_TOKENS_ONCE tokens. */
    void (*multiply)(const double *weights, const double *in, uint32_t columns, uint32_t tokens,
                     double sums[MODEL_ROWS_ONCE][MODEL_TOKENS_ONCE]);

    /* Adds the first `rows` rows of a tile to the sums of query[head_dim]. */
    void (*attend)(const struct model_tile *tile, const double *query, uint32_t head_dim,
                   uint32_t rows, struct model_sums *sums);
};

/* The widest SIMD path that this CPU supports. */
const struct model_arithmetic *model_arithmetic_choose(void);
