/*
 * attention_rows_body.h - the body of make_lanes. attention_rows.c includes it once per SIMD path,
 * with
 *
 *     MAKE_LANES    the function's name
 *     MAKE_TARGET   its target attribute, or nothing
 *     MAKE_BYTES    bytes in one vector
 *     MAKE_PRODUCT  (words, factor): full products of the low halves of 64-bit lanes
 *
 * It makes quads quad .. quad + LANES - 1 of a row. Each counter owns one 64-bit lane in each of
 * four vectors, and the upper half of a lane is never read. A round is then two products, two
 * shifts and four exclusive ors, and nothing needs shuffling before the end.
 */
MAKE_TARGET static void MAKE_LANES(const struct lanes *lanes, uint32_t row, uint32_t quad,
                                   float *values)
{
    enum { WIDTH = MAKE_BYTES / 8, VECTORS = LANES / WIDTH };
    typedef uint64_t wide __attribute__((vector_size(MAKE_BYTES)));
    typedef uint32_t bits __attribute__((vector_size(MAKE_BYTES)));
    typedef int32_t whole __attribute__((vector_size(MAKE_BYTES)));
    typedef float reals __attribute__((vector_size(MAKE_BYTES)));
    const wide zero = {0}, factor0 = zero + UINT64_C(0xD2511F53),
               factor1 = zero + UINT64_C(0xCD9E8D57);
    wide words[VECTORS][4];

#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
        words[v][0] = zero + lanes->tensor;
        words[v][1] = zero + lanes->sequence;
        words[v][2] = zero + row;
        for (int i = 0; i < WIDTH; i++)
            words[v][3][i] = quad + (uint32_t)(v * WIDTH + i);
    }
    uint32_t key0 = (uint32_t)lanes->seed, key1 = (uint32_t)(lanes->seed >> 32);
    for (int round = 0; round < 10; round++) {
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) {
            const wide product0 = MAKE_PRODUCT(words[v][0], factor0);
            const wide product1 = MAKE_PRODUCT(words[v][2], factor1);
            words[v][0] = product1 >> 32 ^ words[v][1] ^ (zero + key0);
            words[v][1] = product1;
            words[v][2] = product0 >> 32 ^ words[v][3] ^ (zero + key1);
            words[v][3] = product0;
        }
        key0 += UINT32_C(0x9E3779B9);
        key1 += UINT32_C(0xBB67AE85);
    }

#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
        uint64_t pairs[2][WIDTH];
#pragma GCC unroll 2
        for (size_t pair = 0; pair < 2; pair++) {
            const wide low = words[v][2 * pair] & UINT64_C(0xFFFFFFFF);
            const whole both = (whole)(low | words[v][2 * pair + 1] << 32);
            reals numbers = __builtin_convertvector(both >> 8, reals) * (1.0f / 8388608.0f);
            if (lanes->type == DTYPE_BF16) {
                const bits stored = (bits)numbers;
                numbers = (reals)((stored + 0x7FFFu + (stored >> 16 & 1u)) & 0xFFFF0000u);
            } else if (lanes->type == DTYPE_FP16) {
                /* Adding 1/2 rounds to steps of 2^-24, the spacing of numbers below 2^-14. */
                const bits sign = (bits)numbers & 0x80000000u, magnitude = (bits)numbers ^ sign;
                const bits normal = (magnitude + 0xFFFu + (magnitude >> 13 & 1u)) & 0xFFFFE000u;
                const bits small = (bits)(((reals)magnitude + 0.5f) - 0.5f);
                const bits is_normal = (bits)(magnitude >= 0x38800000u);
                numbers = (reals)(sign | (normal & is_normal) | (small & ~is_normal));
            }
            memcpy(pairs[pair], &numbers, sizeof numbers);
        }
        for (int i = 0; i < WIDTH; i++, values += 4) {
            memcpy(values, &pairs[0][i], sizeof pairs[0][i]);
            memcpy(values + 2, &pairs[1][i], sizeof pairs[1][i]);
        }
    }
}

#undef MAKE_LANES
#undef MAKE_TARGET
#undef MAKE_BYTES
#undef MAKE_PRODUCT
