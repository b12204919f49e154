/*
 * attend_body.h - the attend_functions of one SIMD path. attend.c includes it once per path, with
 *
 *     ATTEND(name)       the name, with the path's suffix
 *     ATTEND_TARGET      its target attribute, or nothing
 *     ATTEND_LANES       floats in a vector of the path: 4, 8 or 16
 *     ATTEND_HEADS       heads scored at once: as many as the registers allow
 *     ATTEND_FP16(from)  loads a vector of fp16 numbers
 *     ATTEND_BF16(from)  loads a vector of bf16 numbers
 *
 * Heads are processed up to four at a time. A tile's scores are dot products along HEAD_DIM, four
 * rows at once. Its part of the output is accumulated in registers down the tile, a few columns at
 * a time. The score loop, which has the most arithmetic, prefetches. Into L1 it fetches K,
 * AHEAD_BYTES ahead, and the V rows of this tile. Into L2 it fetches the K and V rows of the next
 * tile, so that memory is also busy while V is summed.
 *
 * GB/s on one core of an AMD EPYC (AVX-512, bf16), on a machine with other load:
 *
 *     K and V are in                 memory      shared cache   the core's own caches
 *     prefetch of this tile only     9.8         10.3           19
 *     prefetch of the next one too   14          13.4           19
 *     the same, with AVX512_BF16                 17.5           33 to 49
 *     plain sequential reads         20 to 25    19.6
 *
 * The number of the core's miss buffers limits how many prefetches are in flight.
 */
#define ATTEND_INLINE ATTEND_TARGET static inline __attribute__((always_inline))

enum { ATTEND(COLUMNS) = 2 * ATTEND_LANES };

typedef float ATTEND(vector) __attribute__((vector_size(ATTEND_LANES * 4), may_alias));
typedef int32_t ATTEND(mask) __attribute__((vector_size(ATTEND_LANES * 4)));
typedef uint32_t ATTEND(bits) __attribute__((vector_size(ATTEND_LANES * 4)));
typedef uint16_t ATTEND(halves) __attribute__((vector_size(ATTEND_LANES * 2), may_alias));

/* Loads the vector that starts at element `index` of a tensor. */
ATTEND_INLINE ATTEND(vector) ATTEND(load)(enum data_type type, const void *tensor, size_t index)
{
    if (type == DTYPE_FP32)
        return *(const ATTEND(vector) *)(const void *)((const float *)tensor + index);
    const ATTEND(halves) *from = (const void *)((const uint16_t *)tensor + index);
    if (type == DTYPE_FP16)
        return ATTEND_FP16(*from);
    return ATTEND_BF16(*from);
}

ATTEND_INLINE float ATTEND(sum_lanes)(ATTEND(vector) vector)
{
    union {
        ATTEND(vector) whole;
        quad quads[ATTEND_LANES / 4];
    } parts = {.whole = vector};
#pragma GCC unroll 4
    for (int i = 1; i < ATTEND_LANES / 4; i++)
        parts.quads[0] += parts.quads[i];
    const quad sum = parts.quads[0];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* 2^x for x <= 0, to a relative error of 2e-7. Below -126 it returns 2^-126; for NaN, NaN. */
ATTEND_INLINE ATTEND(vector) ATTEND(exp2)(ATTEND(vector) x)
{
    const ATTEND(vector) least = (ATTEND(vector)){0} - 126.0f;
    const ATTEND(mask) below = x < least;
    x = (ATTEND(vector))(((ATTEND(mask))least & below) | ((ATTEND(mask))x & ~below));
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    const ATTEND(vector) shifted = x + magic, fraction = x - (shifted - magic);
    ATTEND(vector) power = fraction * 1.52527338e-5f + 1.54035304e-4f; /* ln(2)^n / n! */
    power = power * fraction + 1.33335581e-3f;
    power = power * fraction + 9.61812911e-3f;
    power = power * fraction + 5.55041087e-2f;
    power = power * fraction + 2.40226507e-1f;
    power = power * fraction + 6.93147181e-1f;
    power = power * fraction + 1.0f;
    /* Adding the integer to the exponent bits could turn a NaN into a number; a float product keeps
     * the NaN. */
    return power * (ATTEND(vector))(((ATTEND(bits))shifted + 127u) << 23);
}

/* Prefetches the K and V rows that the score loop and the weighted sum will read: those of this
 * tile into L1, and those one tile ahead into L2. */
ATTEND_INLINE void ATTEND(prefetch)(const struct attend *attend, size_t element, size_t offset,
                                    size_t bytes)
{
    const char *k = (const char *)attend->k + offset, *v = (const char *)attend->v + offset;
    const size_t tile_bytes = (size_t)attend->tile * attend->head_dim * element;
    for (size_t line = 0; line < bytes; line += 64) {
        __builtin_prefetch(k + AHEAD_BYTES + line, 0, 3);
        __builtin_prefetch(v + line, 0, 3);
        __builtin_prefetch(k + tile_bytes + line, 0, 2);
        __builtin_prefetch(v + tile_bytes + line, 0, 2);
    }
}

/* Computes the scores of `heads` heads for rows row .. row + 3 of the tile. Rows past the end
 * repeat the last row. `ahead`: prefetches the next data, a line or two at a time, so that no
 * prefetch waits for a free line-fill buffer. */
ATTEND_INLINE void ATTEND(score_rows)(enum data_type type, uint32_t heads,
                                      const struct attend *attend, const float *queries,
                                      const size_t offsets[4], uint32_t row, bool ahead,
                                      float (*scores)[ATTEND_TILE_MOST])
{
    const uint32_t head_dim = attend->head_dim;
    const size_t element = type == DTYPE_FP32 ? 4 : 2;
    ATTEND(vector) sums[ATTEND_HEADS][4] = {{{0}}};
    for (uint32_t d = 0; d < head_dim; d += ATTEND_LANES) {
        const size_t next = (offsets[0] + (size_t)4 * d) * element;
        if (ahead)
            ATTEND(prefetch)(attend, element, next, element * 4 * ATTEND_LANES);
        ATTEND(vector) k[4];
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++)
            k[r] = ATTEND(load)(type, attend->k, offsets[r] + d);
#pragma GCC unroll 4
        for (uint32_t h = 0; h < heads; h++) {
            const ATTEND(vector) q = ATTEND(load)(DTYPE_FP32, queries, (size_t)h * head_dim + d);
#pragma GCC unroll 4
            for (int r = 0; r < 4; r++)
                sums[h][r] += q * k[r];
        }
    }
#pragma GCC unroll 4
    for (uint32_t h = 0; h < heads; h++)
        *(quad *)(void *)&scores[h][row] =
            ATTEND(sums)(sums[h][0], sums[h][1], sums[h][2], sums[h][3]);
}

/* Computes scores[h][r] of `heads` heads and `rows` rows, and pads them with -infinity to a whole
 * vector. */
ATTEND_INLINE void ATTEND(score)(enum data_type type, uint32_t heads, const struct attend *attend,
                                 const float *queries, uint32_t first, uint32_t rows, bool ahead,
                                 float scores[4][ATTEND_TILE_MOST])
{
    const uint32_t head_dim = attend->head_dim;
    for (uint32_t row = 0; row < rows; row += 4) {
        size_t offsets[4];
        for (uint32_t r = 0; r < 4; r++)
            offsets[r] = (size_t)(first + (row + r < rows ? row + r : rows - 1)) * head_dim;
#pragma GCC unroll 4
        for (uint32_t h = 0; h < heads; h += ATTEND_HEADS) {
            const uint32_t some = heads - h < ATTEND_HEADS ? heads - h : ATTEND_HEADS;
            ATTEND(score_rows)
            (type, some, attend, queries + (size_t)h * head_dim, offsets, row, ahead && h == 0,
             scores + h);
        }
    }
    for (uint32_t h = 0; h < heads; h++)
        for (uint32_t r = rows; r % ATTEND_LANES != 0; r++)
            scores[h][r] = -INFINITY;
}

/* The largest of a head's scores and `most`. Ignores NaN scores; they make the weight NaN. */
ATTEND_INLINE float ATTEND(find_most)(const float *scores, uint32_t rows, float most)
{
    union {
        ATTEND(vector) whole;
        float lanes[ATTEND_LANES];
    } highest = {.whole = (ATTEND(vector)){0} + most};
    for (uint32_t r = 0; r < rows; r += ATTEND_LANES) {
        const ATTEND(vector) score = *(const ATTEND(vector) *)(const void *)(scores + r);
        const ATTEND(mask) above = score > highest.whole;
        highest.whole = (ATTEND(vector))(((ATTEND(mask))score & above) |
                                         ((ATTEND(mask))highest.whole & ~above));
    }
    for (int i = 0; i < ATTEND_LANES; i++)
        most = highest.lanes[i] > most ? highest.lanes[i] : most;
    return most;
}

/* Turns a head's scores into weights. Returns the factor by which to scale the head's previous
 * sums. */
ATTEND_INLINE float ATTEND(weigh)(float *scores, uint32_t rows, float *most, float *weight)
{
    const float highest = ATTEND(find_most)(scores, rows, *most);
    ATTEND(vector) sum = {0};
    for (uint32_t r = 0; r < rows; r += ATTEND_LANES) {
        ATTEND(vector) *at = (ATTEND(vector) *)(void *)(scores + r);
        *at = ATTEND(exp2)(*at - highest);
        sum += *at;
    }
    const float scale = exp2f(*most - highest);
    *weight = *weight * scale + ATTEND(sum_lanes)(sum);
    *most = highest;
    return scale;
}

/* Scales the out of `heads` heads, then adds a tile's weighted V rows. */
ATTEND_INLINE void ATTEND(add)(enum data_type type, uint32_t heads, const struct attend *attend,
                               const float weights[4][ATTEND_TILE_MOST], const float *scales,
                               uint32_t first, uint32_t rows, float *out)
{
    const uint32_t head_dim = attend->head_dim;
    for (uint32_t d = 0; d < head_dim; d += ATTEND(COLUMNS)) {
        ATTEND(vector) sums[4][2] = {{{0}}};
        for (uint32_t r = 0; r < rows; r++) {
            const size_t row = (size_t)(first + r) * head_dim + d;
            const ATTEND(vector) v0 = ATTEND(load)(type, attend->v, row);
            const ATTEND(vector) v1 = ATTEND(load)(type, attend->v, row + ATTEND_LANES);
#pragma GCC unroll 4
            for (uint32_t h = 0; h < heads; h++) {
                sums[h][0] += weights[h][r] * v0;
                sums[h][1] += weights[h][r] * v1;
            }
        }
#pragma GCC unroll 4
        for (uint32_t h = 0; h < heads; h++) {
            ATTEND(vector) *to = (ATTEND(vector) *)(void *)(out + (size_t)h * head_dim + d);
            to[0] = to[0] * scales[h] + sums[h][0];
            to[1] = to[1] * scales[h] + sums[h][1];
        }
    }
}

/* Processes one tile for `heads` heads, starting with head `head`. */
ATTEND_INLINE void ATTEND(tile)(enum data_type type, uint32_t heads, const struct attend *attend,
                                uint32_t head, uint32_t first, uint32_t rows)
{
    float scores[4][ATTEND_TILE_MOST] __attribute__((aligned(64)));
    float scales[4];
    const size_t offset = (size_t)head * attend->head_dim;
    const bool ahead = head == 0;
    ATTEND(score)(type, heads, attend, attend->queries + offset, first, rows, ahead, scores);
    for (uint32_t h = 0; h < heads; h++)
        scales[h] = ATTEND(weigh)(scores[h], rows, &attend->sums.most[head + h],
                                  &attend->sums.weight[head + h]);
    ATTEND(add)(type, heads, attend, scores, scales, first, rows, attend->sums.out + offset);
}

ATTEND_INLINE void ATTEND(run)(enum data_type type, const struct attend *attend)
{
    begin_sums(attend);
    for (uint32_t first = 0; first < attend->rows; first += attend->tile) {
        const uint32_t left = attend->rows - first;
        const uint32_t rows = left < attend->tile ? left : attend->tile;
        uint32_t head = 0;
        for (; head + 4 <= attend->group; head += 4)
            ATTEND(tile)(type, 4, attend, head, first, rows);
        if (attend->group - head == 3)
            ATTEND(tile)(type, 3, attend, head, first, rows);
        else if (attend->group - head == 2)
            ATTEND(tile)(type, 2, attend, head, first, rows);
        else if (attend->group - head == 1)
            ATTEND(tile)(type, 1, attend, head, first, rows);
    }
}

ATTEND_TARGET static void ATTEND(bf16)(const struct attend *attend)
{
    ATTEND(run)(DTYPE_BF16, attend);
}

ATTEND_TARGET static void ATTEND(fp16)(const struct attend *attend)
{
    ATTEND(run)(DTYPE_FP16, attend);
}

ATTEND_TARGET static void ATTEND(fp32)(const struct attend *attend)
{
    ATTEND(run)(DTYPE_FP32, attend);
}

#undef ATTEND
#undef ATTEND_TARGET
#undef ATTEND_LANES
#undef ATTEND_HEADS
#undef ATTEND_FP16
#undef ATTEND_BF16
#undef ATTEND_INLINE
