/*
 * multiply_body.h - the multiply_function of one SIMD path. multiply.c includes it once per path,
 * with
 *
 *     MULTIPLY(name)       the name, with the path's suffix
 *     MULTIPLY_TARGET      its target attribute, or nothing
 *     MULTIPLY_LANES       floats in a vector of the path: 4, 8 or 16
 *     MULTIPLY_SUMS        vectors of sums that the registers hold
 *     MULTIPLY_BF16(from)  loads a vector of bf16 numbers
 *
 * A pass multiplies several rows by all sequences. So each load of a row serves all sequences, and
 * each load of x serves several rows. The sums are independent, and enough to hide the latency of
 * an addition.
 */
#define MULTIPLY_INLINE MULTIPLY_TARGET static inline __attribute__((always_inline))

typedef float MULTIPLY(vector) __attribute__((vector_size(MULTIPLY_LANES * 4), may_alias));
typedef float MULTIPLY(loose)
    __attribute__((vector_size(MULTIPLY_LANES * 4), may_alias, aligned(4)));
typedef uint32_t MULTIPLY(bits) __attribute__((vector_size(MULTIPLY_LANES * 4)));
typedef uint16_t MULTIPLY(halves)
    __attribute__((vector_size(MULTIPLY_LANES * 2), may_alias, aligned(2)));

/* The sums of product i of `rows` rows and `batch` sequences; zeros past the last product. */
MULTIPLY_INLINE MULTIPLY(vector)
    MULTIPLY(pick)(MULTIPLY(vector) sums[4][8], uint32_t rows, uint32_t batch, uint32_t i)
{
    return i < rows * batch ? sums[i % rows][i / rows] : (MULTIPLY(vector)){0};
}

MULTIPLY_INLINE void MULTIPLY(store)(const struct multiply *multiply, uint32_t first, uint32_t rows,
                                     uint32_t batch, uint32_t i, float product)
{
    if (i < rows * batch)
        multiply->out[i / rows * multiply->out_stride + first + i % rows] = product;
}

/* Multiplies rows first .. first + rows - 1 for `batch` sequences. `rows` and `batch` are
 * compile-time constants. */
MULTIPLY_INLINE void MULTIPLY(pass)(const struct multiply *multiply, uint32_t first, uint32_t rows,
                                    uint32_t batch)
{
    MULTIPLY(vector) sums[4][8] = {{{0}}};
    const uint16_t *weights = multiply->rows + (size_t)first * multiply->columns;
    for (uint32_t i = 0; i < multiply->columns; i += MULTIPLY_LANES) {
        MULTIPLY(vector) row[4];
#pragma GCC unroll 4
        for (uint32_t r = 0; r < rows; r++)
            row[r] = MULTIPLY_BF16(
                *(const MULTIPLY(halves) *)(weights + (size_t)r * multiply->columns + i));
#pragma GCC unroll 8
        for (uint32_t b = 0; b < batch; b++) {
            const MULTIPLY(vector) x =
                *(const MULTIPLY(loose) *)(multiply->x + b * multiply->x_stride + i);
#pragma GCC unroll 4
            for (uint32_t r = 0; r < rows; r++)
                sums[r][b] += row[r] * x;
        }
    }
#pragma GCC unroll 4
    for (uint32_t i = 0; i < rows * batch; i += 4) {
        const quad products = MULTIPLY(sums)(
            MULTIPLY(pick)(sums, rows, batch, i), MULTIPLY(pick)(sums, rows, batch, i + 1),
            MULTIPLY(pick)(sums, rows, batch, i + 2), MULTIPLY(pick)(sums, rows, batch, i + 3));
        MULTIPLY(store)(multiply, first, rows, batch, i, products[0]);
        MULTIPLY(store)(multiply, first, rows, batch, i + 1, products[1]);
        MULTIPLY(store)(multiply, first, rows, batch, i + 2, products[2]);
        MULTIPLY(store)(multiply, first, rows, batch, i + 3, products[3]);
    }
}

MULTIPLY_INLINE void MULTIPLY(all)(const struct multiply *multiply, uint32_t batch)
{
    const uint32_t most = MULTIPLY_SUMS / batch;
    const uint32_t rows = most >= 4 ? 4 : most >= 2 ? 2 : 1;
    uint32_t first = 0;
    for (; first + rows <= multiply->count; first += rows)
        MULTIPLY(pass)(multiply, first, rows, batch);
    for (; first < multiply->count; first++)
        MULTIPLY(pass)(multiply, first, 1, batch);
}

MULTIPLY_TARGET static void MULTIPLY(multiply)(const struct multiply *multiply)
{
    switch (multiply->batch) {
    case 1:
        MULTIPLY(all)(multiply, 1);
        break;
    case 2:
        MULTIPLY(all)(multiply, 2);
        break;
    case 3:
        MULTIPLY(all)(multiply, 3);
        break;
    case 4:
        MULTIPLY(all)(multiply, 4);
        break;
    case 5:
        MULTIPLY(all)(multiply, 5);
        break;
    case 6:
        MULTIPLY(all)(multiply, 6);
        break;
    case 7:
        MULTIPLY(all)(multiply, 7);
        break;
    default:
        MULTIPLY(all)(multiply, 8);
        break;
    }
}

#undef MULTIPLY
#undef MULTIPLY_TARGET
#undef MULTIPLY_LANES
#undef MULTIPLY_SUMS
#undef MULTIPLY_BF16
#undef MULTIPLY_INLINE
