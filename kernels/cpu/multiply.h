/*
 * multiply.h - the arithmetic of `model` on one thread: rows of a bf16 matrix times the fp32
 * activations of up to MODEL_BATCH_MOST sequences.
 *
 * A row is loaded once for all sequences. The code is compiled once per SIMD path (dot.h) and
 * selected at run time.
 */
#pragma once

#include "dot.h"

#include <stddef.h>
#include <stdint.h>

#define MULTIPLY_COLUMNS 16u /* columns are a multiple of this */

/* out[b * out_stride + r] = row r * x[b * x_stride ...], for r < count and b < batch. */
struct multiply {
    const uint16_t *rows; /* [count][columns], bf16 */
    const float *x;
    float *out;
    uint32_t count, columns, batch;
    size_t x_stride, out_stride;
};

typedef void multiply_function(const struct multiply *multiply);

/* The function for a path that this CPU supports. */
multiply_function *multiply_path(enum dot_path path);
