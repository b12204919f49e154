/*
 * attention_tile.cuh - a warp's arithmetic on one row block of K and V in shared memory. Every GPU
 * variant of attention uses it.
 *
 * Tensor cores, bf16 and fp16. Rows of K are the M = 16 of mma.m16n8k16, query heads its N = 8:
 *
 *     S^T [16 rows][8 heads]  = K [16][D]  q'^T [D][8]        D / 16 mma
 *     out^T [D][8 heads]     += V^T [D][16]  P^T [16][8]      D / 16 mma
 *
 * With the heads as M, half of the arithmetic would be wasted on padding, because a group has 4 or
 * 8 heads. Groups of more than 8 heads use two column blocks. The first product returns P^T in the
 * accumulator layout, but the second needs it in the operand layout, so the warp transposes it 8 x
 * 8 elements at a time. A weight is 2^(score - most). `most` changes only if a weight would exceed
 * 2^slack. So a row block normally needs only one vote instead of an update of the running maximum.
 * bf16 has the exponent range of fp32, so with bf16 `most` stays 0 from the start if the scores of
 * the first row block are neither too large nor too small.
 *
 * fp32 uses ordinary FMA units, because a tensor core would round the operands to 10 bits.
 *
 * In shared memory rows are split into 128-byte parts, [part][row][128]. Within a part the 16-byte
 * chunks are swizzled: chunk c of row r is at c xor r mod 8, so that the same chunk of eight rows
 * falls into different banks. This is the layout of a tensor map's 128-byte swizzle.
 */
#ifndef KERNELS_CUDA_ATTENTION_TILE_CUH
#define KERNELS_CUDA_ATTENTION_TILE_CUH

#include "gpu.cuh"
#include "gpu_attention.h"

#define ATTENTION_NONE (-1e30f) /* `most` before the first row; score of a row past the end */
#define LOG2_E         1.44269504f

/* The compile-time parameters of a kernel. */
template <int TYPE, int DIM, int COLUMNS> struct attention_kind {
    static constexpr int type = TYPE, dim = DIM, columns = COLUMNS;
    static constexpr int element = TYPE == DTYPE_FP32 ? 4 : 2;
    static constexpr int rows = TYPE == DTYPE_FP32 ? 8 : 16; /* per row block */
    static constexpr int row_bytes = DIM * element;
    static constexpr int chunks = row_bytes / 16; /* per row */
    static constexpr int parts = row_bytes / 128;
    static constexpr int side_bytes = rows * row_bytes;
    static constexpr int row_block_bytes = 2 * side_bytes;
    /* Bytes from one head's query to the next in shared memory. The 16 bytes of padding avoid bank
     * conflicts. */
    static constexpr int query_stride = DIM * element + 16;
    static constexpr int exchange_stride = DIM + 4; /* in floats; also padded */
    /* Weights may be as large as 2^slack. fp16 needs a smaller limit, because its range is small.
     */
    static constexpr float slack = TYPE == DTYPE_BF16 ? 60.0f : 8.0f;
};

/* ---- elements ------------------------------------------------------------------------------- */

__device__ __forceinline__ float attention_power(float x)
{
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

/* Packs two values in the stored type into a word, `low` in the low half. */
template <int TYPE> __device__ __forceinline__ uint32_t attention_pack(float low, float high)
{
    uint32_t pair;
    if constexpr (TYPE == DTYPE_BF16)
        asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    else
        asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

template <int TYPE> __device__ __forceinline__ float2 attention_unpack(uint32_t pair)
{
    if constexpr (TYPE == DTYPE_BF16)
        return make_float2(__uint_as_float(pair << 16), __uint_as_float(pair & 0xFFFF0000u));
    float2 values;
    asm("{\n\t"
        ".reg .b16 low, high;\n\t"
        "mov.b32 {low, high}, %2;\n\t"
        "cvt.f32.f16 %0, low;\n\t"
        "cvt.f32.f16 %1, high;\n\t"
        "}"
        : "=f"(values.x), "=f"(values.y)
        : "r"(pair));
    return values;
}

/* Loads 16 bytes. Bypasses L1, because other SMs wrote the data. */
__device__ __forceinline__ uint4 attention_load16(const void *from)
{
    uint4 value;
    asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "l"(from)
                 : "memory");
    return value;
}

__device__ __forceinline__ uint2 attention_load8(const void *from)
{
    uint2 value;
    asm volatile("ld.global.cg.v2.u32 {%0, %1}, [%2];"
                 : "=r"(value.x), "=r"(value.y)
                 : "l"(from)
                 : "memory");
    return value;
}

__device__ __forceinline__ uint4 attention_shared16(uint32_t from)
{
    uint4 value;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "r"(from)
                 : "memory");
    return value;
}

/* Returns the byte offset of a row's chunk within the K or V half of a row block. */
template <class kind>
__device__ __forceinline__ uint32_t attention_chunk_at(uint32_t row, uint32_t chunk)
{
    return (chunk / 8) * (kind::rows * 128) + row * 128 + ((chunk ^ row) & 7) * 16;
}

/* ---- tensor cores --------------------------------------------------------------------------- */

struct attention_fragment {
    uint32_t a[4];
};

__device__ __forceinline__ struct attention_fragment attention_read(uint32_t from)
{
    struct attention_fragment f;
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(f.a[0]), "=r"(f.a[1]), "=r"(f.a[2]), "=r"(f.a[3])
                 : "r"(from)
                 : "memory");
    return f;
}

__device__ __forceinline__ struct attention_fragment attention_read_transposed(uint32_t from)
{
    struct attention_fragment f;
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(f.a[0]), "=r"(f.a[1]), "=r"(f.a[2]), "=r"(f.a[3])
                 : "r"(from)
                 : "memory");
    return f;
}

__device__ __forceinline__ uint32_t attention_transpose(uint32_t matrix)
{
    uint32_t other;
    asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(other) : "r"(matrix));
    return other;
}

template <int TYPE>
__device__ __forceinline__ void attention_multiply(float sum[4], const struct attention_fragment &f,
                                                   uint32_t b0, uint32_t b1)
{
    if constexpr (TYPE == DTYPE_BF16)
        asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, "
            "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
            : "r"(f.a[0]), "r"(f.a[1]), "r"(f.a[2]), "r"(f.a[3]), "r"(b0), "r"(b1));
    else
        asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, "
            "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
            : "r"(f.a[0]), "r"(f.a[1]), "r"(f.a[2]), "r"(f.a[3]), "r"(b0), "r"(b1));
}

/* A warp's sums over its row blocks. Lane 4g + c has the sums of heads 2c and 2c + 1 of each block
 * of 8 heads, and for each of these heads elements g and g + 8 of every 16 elements. */
template <class kind> struct attention_matrix_sums {
    static constexpr int BLOCKS = kind::columns / 8, STEPS = kind::dim / 16;
    uint32_t q[BLOCKS][STEPS][2];
    float out[BLOCKS][STEPS][4];
    float most[BLOCKS][2], weight[BLOCKS][2]; /* weight: summed over this lane's rows only */
    bool none;                                /* true until the first row is added */

    /* queries: in shared memory, [columns][query_stride bytes], in the stored type. */
    __device__ __forceinline__ void begin(const char *queries, uint32_t lane)
    {
        none = true;
#pragma unroll
        for (int n = 0; n < BLOCKS; n++) {
            const uint32_t own = (uint32_t)__cvta_generic_to_shared(
                queries + (n * 8 + lane % 8) * kind::query_stride + lane / 8 * 16);
#pragma unroll
            for (int m = 0; m < STEPS; m += 2) {
                const struct attention_fragment two = attention_read(own + m * 32);
                q[n][m][0] = two.a[0], q[n][m][1] = two.a[1];
                q[n][m + 1][0] = two.a[2], q[n][m + 1][1] = two.a[3];
            }
#pragma unroll
            for (int m = 0; m < STEPS; m++)
                out[n][m][0] = out[n][m][1] = out[n][m][2] = out[n][m][3] = 0;
            most[n][0] = most[n][1] = kind::type == DTYPE_BF16 ? 0 : ATTENTION_NONE;
            weight[n][0] = weight[n][1] = 0;
        }
    }

    /* Raises `most` to the largest score so far, and rescales the sums. */
    __device__ __forceinline__ void move_most(const float score[BLOCKS][4])
    {
#pragma unroll
        for (int n = 0; n < BLOCKS; n++)
#pragma unroll
            for (int i = 0; i < 2; i++) {
                float top = fmaxf(score[n][i], score[n][2 + i]);
#pragma unroll
                for (int distance = 4; distance < 32; distance *= 2)
                    top = fmaxf(top, __shfl_xor_sync(0xFFFFFFFF, top, distance));
                top = none ? top : fmaxf(top, most[n][i]);
                const float factor = none ? 0 : attention_power(most[n][i] - top);
                most[n][i] = top;
                weight[n][i] *= factor;
#pragma unroll
                for (int m = 0; m < STEPS; m++) {
                    out[n][m][i] *= factor;
                    out[n][m][2 + i] *= factor;
                }
            }
    }

    /* Adds the first `valid` rows of the row block to the sums. The remaining rows contain zeros.
     */
    __device__ __forceinline__ void add(uint32_t row_block, const char *queries, uint32_t valid,
                                        uint32_t lane)
    {
        const float scale = LOG2_E / (kind::dim == 64 ? 8.0f : 11.3137085f);
        float score[BLOCKS][4] = {}, other[BLOCKS][4] = {}; /* two independent chains of mma */
#pragma unroll
        for (int m = 0; m < STEPS; m++) {
            const struct attention_fragment k =
                attention_read(row_block + attention_chunk_at<kind>(lane % 16, 2 * m + lane / 16));
#pragma unroll
            for (int n = 0; n < BLOCKS; n++)
                attention_multiply<kind::type>(m % 2 ? other[n] : score[n], k, q[n][m][0],
                                               q[n][m][1]);
        }
        bool outside = false;
#pragma unroll
        for (int n = 0; n < BLOCKS; n++)
#pragma unroll
            for (int i = 0; i < 4; i++) {
                score[n][i] = (score[n][i] + other[n][i]) * scale;
                const bool exists = lane / 4 + i / 2 * 8 < valid;
                if (!exists)
                    score[n][i] = ATTENTION_NONE;
                outside |= score[n][i] > most[n][i % 2] + kind::slack;
                if (kind::type == DTYPE_BF16)
                    outside |= none && exists && score[n][i] < -kind::slack;
            }
        if (__any_sync(0xFFFFFFFF, outside))
            move_most(score);
        none = false;
        uint32_t p[BLOCKS][2];
#pragma unroll
        for (int n = 0; n < BLOCKS; n++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                const uint32_t pair = attention_pack<kind::type>(
                    attention_power(score[n][2 * half] - most[n][0]),
                    attention_power(score[n][2 * half + 1] - most[n][1]));
                const float2 rounded = attention_unpack<kind::type>(pair);
                weight[n][0] += rounded.x;
                weight[n][1] += rounded.y;
                p[n][half] = attention_transpose(pair);
            }
#pragma unroll
        for (int m = 0; m < STEPS; m++) {
            const struct attention_fragment v = attention_read_transposed(
                row_block + kind::side_bytes +
                attention_chunk_at<kind>(lane % 8 + lane / 16 * 8, 2 * m + lane / 8 % 2));
#pragma unroll
            for (int n = 0; n < BLOCKS; n++)
                attention_multiply<kind::type>(out[n][m], v, p[n][0], p[n][1]);
        }
    }

    /* Writes the sums to shared memory: `out` of the first `heads` heads to exchange,
     * [heads][exchange_stride], and (most, weight) to statistics, [columns]. */
    __device__ __forceinline__ void leave(float *exchange, float2 *statistics, uint32_t heads,
                                          uint32_t lane)
    {
        const uint32_t d = lane / 4;
#pragma unroll
        for (int n = 0; n < BLOCKS; n++)
#pragma unroll
            for (int i = 0; i < 2; i++) {
                const uint32_t head = n * 8 + lane % 4 * 2 + i;
                float sum = weight[n][i];
#pragma unroll
                for (int distance = 4; distance < 32; distance *= 2)
                    sum += __shfl_xor_sync(0xFFFFFFFF, sum, distance);
                if (head < heads) {
                    float *own = exchange + head * kind::exchange_stride + d;
#pragma unroll
                    for (int m = 0; m < STEPS; m++) {
                        own[m * 16] = out[n][m][i];
                        own[m * 16 + 8] = out[n][m][2 + i];
                    }
                    if (d == 0)
                        statistics[head] = make_float2(most[n][i], sum);
                }
            }
    }
};

/* ---- FMA units ------------------------------------------------------------------------------ */

/* The same sums for fp32. For the scores, lane 4r + c processes every fourth chunk of row r. Of the
 * sums, each lane has DIM / 32 elements of all heads. */
template <class kind> struct attention_plain_sums {
    static constexpr int OWN = kind::dim / 32, CHUNKS = kind::chunks / 4;
    float out[kind::columns][OWN];
    float most[kind::columns], weight[kind::columns];

    __device__ __forceinline__ void begin(const char *, uint32_t)
    {
#pragma unroll
        for (int h = 0; h < kind::columns; h++) {
            most[h] = ATTENTION_NONE;
            weight[h] = 0;
#pragma unroll
            for (int i = 0; i < OWN; i++)
                out[h][i] = 0;
        }
    }

    __device__ __forceinline__ void add(uint32_t row_block, const char *queries, uint32_t valid,
                                        uint32_t lane)
    {
        const float scale = LOG2_E / (kind::dim == 64 ? 8.0f : 11.3137085f);
        const uint32_t row = lane / 4, c = lane % 4;
        float score[kind::columns];
        uint4 k[CHUNKS];
        uint32_t chunk[CHUNKS];
        /* Odd rows take their chunks in another order, so that they use other banks. */
#pragma unroll
        for (int j = 0; j < CHUNKS; j++) {
            chunk[j] = c + 4 * (j ^ (row & 1));
            k[j] = attention_shared16(row_block + attention_chunk_at<kind>(row, chunk[j]));
        }
#pragma unroll
        for (int h = 0; h < kind::columns; h++) {
            float sum = 0, other = 0;
#pragma unroll
            for (int j = 0; j < CHUNKS; j++) {
                const float4 q =
                    *(const float4 *)(queries + h * kind::query_stride + chunk[j] * 16);
                sum = fmaf(q.x, __uint_as_float(k[j].x), sum);
                other = fmaf(q.y, __uint_as_float(k[j].y), other);
                sum = fmaf(q.z, __uint_as_float(k[j].z), sum);
                other = fmaf(q.w, __uint_as_float(k[j].w), other);
            }
            sum += other;
            sum += __shfl_xor_sync(0xFFFFFFFF, sum, 1);
            sum += __shfl_xor_sync(0xFFFFFFFF, sum, 2);
            sum = row < valid ? sum * scale : ATTENTION_NONE;
            float top = sum;
#pragma unroll
            for (int distance = 4; distance < 32; distance *= 2)
                top = fmaxf(top, __shfl_xor_sync(0xFFFFFFFF, top, distance));
            top = fmaxf(top, most[h]);
            const float factor = attention_power(most[h] - top);
            most[h] = top;
            score[h] = attention_power(sum - top);
            weight[h] = weight[h] * factor + score[h];
#pragma unroll
            for (int i = 0; i < OWN; i++)
                out[h][i] *= factor;
        }
#pragma unroll
        for (int r = 0; r < kind::rows; r++) {
            float v[OWN];
            const uint32_t at =
                row_block + kind::side_bytes + attention_chunk_at<kind>(r, lane * OWN / 4);
            if constexpr (OWN == 4) {
                const uint4 bits = attention_shared16(at);
                v[0] = __uint_as_float(bits.x), v[1] = __uint_as_float(bits.y);
                v[2] = __uint_as_float(bits.z), v[3] = __uint_as_float(bits.w);
            } else {
                asm volatile("ld.shared.v2.f32 {%0, %1}, [%2];"
                             : "=f"(v[0]), "=f"(v[1])
                             : "r"(at + lane % 2 * 8)
                             : "memory");
            }
#pragma unroll
            for (int h = 0; h < kind::columns; h++) {
                const float p = __shfl_sync(0xFFFFFFFF, score[h], r * 4);
#pragma unroll
                for (int i = 0; i < OWN; i++)
                    out[h][i] = fmaf(p, v[i], out[h][i]);
            }
        }
    }

    __device__ __forceinline__ void leave(float *exchange, float2 *statistics, uint32_t heads,
                                          uint32_t lane)
    {
#pragma unroll
        for (int h = 0; h < kind::columns; h++) {
            float sum = weight[h];
#pragma unroll
            for (int distance = 4; distance < 32; distance *= 2)
                sum += __shfl_xor_sync(0xFFFFFFFF, sum, distance);
            if (h < heads) {
#pragma unroll
                for (int i = 0; i < OWN; i++)
                    exchange[h * kind::exchange_stride + lane * OWN + i] = out[h][i];
                if (lane == 0)
                    statistics[h] = make_float2(most[h], sum);
            }
        }
    }
};

template <bool PLAIN, class kind> struct attention_choose_sums {
    using type = struct attention_matrix_sums<kind>;
};
template <class kind> struct attention_choose_sums<true, kind> {
    using type = struct attention_plain_sums<kind>;
};
template <class kind>
using attention_sums = typename attention_choose_sums<kind::type == DTYPE_FP32, kind>::type;

/* ---- combining sums ------------------------------------------------------------------------- */

/* Four elements of a head's output, summed over some rows. */
struct attention_quad {
    float4 out;
    float most, weight;
};

__device__ __forceinline__ void attention_quad_begin(struct attention_quad *quad)
{
    *quad = {make_float4(0, 0, 0, 0), ATTENTION_NONE, 0};
}

/* Raises `most`. */
__device__ __forceinline__ void attention_quad_raise(struct attention_quad *quad, float most)
{
    const float own = attention_power(quad->most - most);
    quad->most = most;
    quad->weight *= own;
    quad->out.x *= own;
    quad->out.y *= own;
    quad->out.z *= own;
    quad->out.w *= own;
}

/* Adds a quad whose `most` is not larger than that of *quad. */
__device__ __forceinline__ void attention_quad_add_below(struct attention_quad *quad, float4 out,
                                                         float2 statistics)
{
    const float others = attention_power(statistics.x - quad->most);
    quad->weight = fmaf(statistics.y, others, quad->weight);
    quad->out.x = fmaf(out.x, others, quad->out.x);
    quad->out.y = fmaf(out.y, others, quad->out.y);
    quad->out.z = fmaf(out.z, others, quad->out.z);
    quad->out.w = fmaf(out.w, others, quad->out.w);
}

/* Combines the sums that a CTA's warps wrote to shared memory with leave(). */
template <class kind>
__device__ __forceinline__ struct attention_quad
attention_gather(const float *exchange, const float2 *statistics, uint32_t warps, uint32_t heads,
                 uint32_t head, uint32_t d)
{
    struct attention_quad quad;
    attention_quad_begin(&quad);
    /* The maximum first, so that the exponentials do not depend on each other. */
#pragma unroll 4
    for (uint32_t w = 0; w < warps; w++)
        quad.most = fmaxf(quad.most, statistics[w * kind::columns + head].x);
#pragma unroll 4
    for (uint32_t w = 0; w < warps; w++)
        attention_quad_add_below(
            &quad, *(const float4 *)(exchange + (w * heads + head) * kind::exchange_stride + d),
            statistics[w * kind::columns + head]);
    return quad;
}

/* Rounds four values to the stored type and stores them at `to`, unless `to` is null. Returns the
 * rounded values. */
template <int TYPE> __device__ __forceinline__ float4 attention_store4(void *to, float4 values)
{
    if constexpr (TYPE == DTYPE_FP32) {
        if (to != nullptr)
            *(float4 *)to = values;
        return values;
    }
    const uint2 pairs = make_uint2(attention_pack<TYPE>(values.x, values.y),
                                   attention_pack<TYPE>(values.z, values.w));
    if (to != nullptr)
        *(uint2 *)to = pairs;
    const float2 low = attention_unpack<TYPE>(pairs.x), high = attention_unpack<TYPE>(pairs.y);
    return make_float4(low.x, low.y, high.x, high.y);
}

#endif
