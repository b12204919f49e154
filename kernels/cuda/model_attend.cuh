/*
 * model_attend.cuh - the attention of `model`. A program computes one part at a time: a (sequence,
 * K/V head, split).
 */
#ifndef KERNELS_CUDA_MODEL_ATTEND_CUH
#define KERNELS_CUDA_MODEL_ATTEND_CUH

#include "model_words.cuh"

/* ---- attention ------------------------------------------------------------------------------ */

/* Loads a head's row of q, k or v: values[i] becomes element lane + 32 i. */
template <int DIM>
static __device__ __forceinline__ void model_take_head(const struct model_reader &reader,
                                                       const float *raw, uint32_t lane,
                                                       float values[DIM / 32])
{
    uint32_t words[DIM / 32];
    reader.read(words, (const uint32_t *)raw, [=](uint32_t i) { return lane + 32 * i; });
#pragma unroll
    for (int i = 0; i < DIM / 32; i++)
        values[i] = __uint_as_float(words[i]);
}

/* Loads a head's q or k, applies q/k norm if the model has it, then rotates it (RoPE). */
template <int DIM>
static __device__ __forceinline__ void
model_turn(const struct gpu_model &m, const struct model_reader &reader, const float *raw,
           bool normalise, const uint16_t *weights, const float *rope, uint32_t lane,
           float values[DIM / 32])
{
    constexpr int count = DIM / 32;
    model_take_head<DIM>(reader, raw, lane, values);
    if (normalise) {
        float squares = 0;
#pragma unroll
        for (int i = 0; i < count; i++)
            squares += values[i] * values[i];
        const float factor = rsqrtf(model_warp_sum(squares) / DIM + m.epsilon);
#pragma unroll
        for (int i = 0; i < count; i++)
            values[i] *= factor * model_bf16(weights[lane + 32 * i]);
    }
    if constexpr (count == 1) {
        const float other = __shfl_xor_sync(0xFFFFFFFF, values[0], DIM / 2);
        const float2 turn = ((const float2 *)rope)[lane % (DIM / 2)];
        values[0] = lane < DIM / 2 ? values[0] * turn.x - other * turn.y
                                   : values[0] * turn.x + other * turn.y;
    } else {
#pragma unroll
        for (int i = 0; i < count / 2; i++) {
            const float2 turn = ((const float2 *)rope)[lane + 32 * i];
            const float low = values[i], high = values[i + count / 2];
            values[i] = low * turn.x - high * turn.y;
            values[i + count / 2] = high * turn.x + low * turn.y;
        }
    }
}

/* Adds the products of 32 elements to the scores of 8 query heads and 8 rows of K. */
static __device__ __forceinline__ void model_score(float scores[4], const uint4 &queries,
                                                   const uint4 &keys)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %5}, {%7, %8}, {%0, %1, %2, %3};"
        : "+f"(scores[0]), "+f"(scores[1]), "+f"(scores[2]), "+f"(scores[3])
        : "r"(queries.x), "r"(0), "r"(queries.y), "r"(keys.x), "r"(keys.y));
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %5}, {%7, %8}, {%0, %1, %2, %3};"
        : "+f"(scores[0]), "+f"(scores[1]), "+f"(scores[2]), "+f"(scores[3])
        : "r"(queries.z), "r"(0), "r"(queries.w), "r"(keys.z), "r"(keys.w));
}

/*
 * Computes part `item` of a layer's attention: all query heads of K/V head g, over the rows of one
 * split. item = (b * kv_heads + g) * splits + split. A warp takes 8 rows at a time. Tensor cores
 * compute the scores; their first operand has the 8 query heads as rows. FMA units multiply V: of
 * each row, a lane has two neighbouring elements, or two such pairs if DIM is 128.
 *
 * ROUNDS: a warp has ROUNDS * 8 rows in flight.
 *
 * PREPARED: q in `raw` is already normalised and rotated, and the cache contains the new row.
 * Otherwise this function prepares q, and the split that ends with the new row prepares and appends
 * that row.
 */
template <int DIM, bool PREPARED, uint32_t ROUNDS>
static __device__ __forceinline__ struct model_arrival
model_attend(const struct gpu_model &m, uint32_t batch, const struct model_shared &shared,
             const struct model_reader &reader, uint32_t layer, uint32_t t, uint32_t item)
{
    /* `words`: pairs of elements of V per lane. 0: only half of the lanes have a pair. */
    constexpr uint32_t tiles = DIM / 32, words = DIM / 64;
    constexpr uint32_t v_words = words > 0 ? words : 1;
    constexpr uint32_t query_stride = DIM * 2 + 64;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, head = lane / 4;
    const uint32_t split = item % m.splits, pair = item / m.splits;
    const uint32_t b = pair / m.kv_heads, g = pair % m.kv_heads;
    const uint32_t position = m.context + t, rows = position + 1;
    const uint32_t from = (uint32_t)((uint64_t)rows * split / m.splits);
    const uint32_t to = (uint32_t)((uint64_t)rows * (split + 1) / m.splits);
    const bool newest = !PREPARED && to == rows;
    const uint32_t cached = newest ? position : to; /* rows before this row are in the cache */
    const struct model_set set(m, t, layer);
    const float *raw = set.raw + b * model_raw_rows(&m);
    const float *rope = m.rope + (uint64_t)t * DIM;
    const uint64_t head_at = (((uint64_t)layer * batch + b) * m.kv_heads + g) * m.rows * DIM;
    const uint16_t *keys = m.cache[0] + head_at, *values = m.cache[1] + head_at;
    char *queries = shared.act; /* bf16 [8][query_stride bytes] */
    uint16_t *fresh = (uint16_t *)(queries + MODEL_GROUP_MOST * query_stride); /* K, V: [2][DIM] */
    float *weights = (float *)(fresh + 2 * DIM);               /* [warps][8 heads][8 rows] */
    float *stats = weights + MODEL_WARPS * 64;                 /* [warps][8 heads][2] */
    float *parts = stats + MODEL_WARPS * MODEL_GROUP_MOST * 2; /* [warps][group][DIM] */

    constexpr uint32_t stride = MODEL_WARPS * 8;
    uint4 k[ROUNDS][tiles];
    uint32_t v[ROUNDS][8][v_words];
    const auto load = [&](uint32_t round, uint32_t row0) {
        const uint32_t row = row0 + lane / 4;
#pragma unroll
        for (uint32_t i = 0; i < tiles; i++) {
            k[round][i] = make_uint4(0, 0, 0, 0);
            if (row < cached)
                k[round][i] =
                    __ldcg((const uint4 *)(keys + (uint64_t)row * DIM) + 4 * i + lane % 4);
        }
#pragma unroll
        for (uint32_t r = 0; r < 8; r++)
#pragma unroll
            for (uint32_t i = 0; i < v_words; i++) {
                v[round][r][i] = 0;
                if (row0 + r < cached && (words > 0 || lane < DIM / 2))
                    v[round][r][i] = __ldcg(
                        (const uint32_t *)(values + (uint64_t)(row0 + r) * DIM) + 32 * i + lane);
            }
    };
    /* Request the first rows before polling: they do not depend on this step's results. */
#pragma unroll
    for (uint32_t round = 0; round < ROUNDS; round++)
        load(round, from + warp * 8 + round * stride);

    const uint32_t before = gpu_clock_low();
    static_assert(MODEL_WARPS == MODEL_GROUP_MOST, "a warp per query head");
    {
        float q[DIM / 32] = {};
        if (warp < m.group) {
            const float *row = raw + (g * m.group + warp) * DIM;
            if (PREPARED) {
#pragma unroll
                for (int i = 0; i < DIM / 32; i++)
                    q[i] = __ldcg(row + lane + 32 * i);
            } else {
                model_turn<DIM>(m, reader, row, m.qk_norm, m.q_norm + layer * DIM, rope, lane, q);
            }
        }
#pragma unroll
        for (int i = 0; i < DIM / 32; i++)
            *(uint16_t *)(queries + warp * query_stride + 2 * (lane + 32 * i)) =
                (uint16_t)model_pack(q[i] * m.scale, 0);
    }
    if (newest && warp >= MODEL_WARPS - 2) {
        const uint32_t side = MODEL_WARPS - 1 - warp;
        const float *row = raw + (m.heads + side * m.kv_heads + g) * DIM;
        float element[DIM / 32];
        if (side == 0) {
            model_turn<DIM>(m, reader, row, m.qk_norm, m.k_norm + layer * DIM, rope, lane, element);
        } else {
            model_take_head<DIM>(reader, row, lane, element);
        }
        uint16_t *appended = m.cache[side] + head_at + (uint64_t)position * DIM;
#pragma unroll
        for (int i = 0; i < DIM / 32; i++) {
            const uint16_t stored = (uint16_t)model_pack(element[i], 0);
            fresh[side * DIM + lane + 32 * i] = stored;
            appended[lane + 32 * i] = stored;
        }
    }
    const struct model_arrival arrival = {gpu_clock_low() - before, reader.sync()};
    if (arrival.left)
        return arrival;
    const uint32_t query_at =
        (uint32_t)__cvta_generic_to_shared(queries) + head * query_stride + lane % 4 * 16;
    float *own_weights = weights + warp * 64;
    float out[MODEL_GROUP_MOST][2 * v_words] = {};
    float most = -1e30f, weight = 0; /* of this lane's query head */
    for (uint32_t base = from + warp * 8; base < to; base += ROUNDS * stride) {
#pragma unroll
        for (uint32_t round = 0; round < ROUNDS; round++) {
            const uint32_t row0 = base + round * stride;
            if (row0 >= to)
                break;
            if (newest && row0 <= position && position < row0 + 8) {
                const uint32_t r = position - row0;
                if (lane / 4 == r) {
#pragma unroll
                    for (uint32_t i = 0; i < tiles; i++)
                        k[round][i] = *((const uint4 *)fresh + 4 * i + lane % 4);
                }
#pragma unroll
                for (uint32_t j = 0; j < 8; j++)
#pragma unroll
                    for (uint32_t i = 0; i < v_words; i++)
                        if (j == r && (words > 0 || lane < DIM / 2))
                            v[round][j][i] = *((const uint32_t *)(fresh + DIM) + 32 * i + lane);
            }
            float scores[4] = {};
#pragma unroll
            for (uint32_t i = 0; i < tiles; i++)
                model_score(scores, model_load_shared(query_at + 64 * i), k[round][i]);
            /* scores[0] and scores[1] belong to this lane's head and two neighbouring rows. */
            const uint32_t row = row0 + lane % 4 * 2;
            const float low = row < to ? scores[0] : -1e30f,
                        high = row + 1 < to ? scores[1] : -1e30f;
            float largest = fmaxf(low, high);
            largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFF, largest, 1));
            largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFF, largest, 2));
            const float next = fmaxf(most, largest);
            const float scale = exp2f(most - next);
            const float low_weight = row < to ? exp2f(low - next) : 0;
            const float high_weight = row + 1 < to ? exp2f(high - next) : 0;
            most = next;
            weight = weight * scale + low_weight + high_weight;
            *(float2 *)(own_weights + head * 8 + lane % 4 * 2) =
                make_float2(low_weight, high_weight);
            __syncwarp();
#pragma unroll
            for (uint32_t h = 0; h < MODEL_GROUP_MOST; h++) {
                if (h >= m.group)
                    break;
                const float scale_h = __shfl_sync(0xFFFFFFFF, scale, h * 4);
                const float4 p0 = *(const float4 *)(own_weights + h * 8);
                const float4 p1 = *(const float4 *)(own_weights + h * 8 + 4);
                const float p[8] = {p0.x, p0.y, p0.z, p0.w, p1.x, p1.y, p1.z, p1.w};
#pragma unroll
                for (uint32_t i = 0; i < v_words; i++) {
                    out[h][2 * i] *= scale_h;
                    out[h][2 * i + 1] *= scale_h;
#pragma unroll
                    for (uint32_t r = 0; r < 8; r++) {
                        out[h][2 * i] += p[r] * model_low(v[round][r][i]);
                        out[h][2 * i + 1] += p[r] * model_high(v[round][r][i]);
                    }
                }
            }
            if (row0 + ROUNDS * stride < to)
                load(round, row0 + ROUNDS * stride);
            __syncwarp();
        }
    }
    weight += __shfl_xor_sync(0xFFFFFFFF, weight, 1);
    weight += __shfl_xor_sync(0xFFFFFFFF, weight, 2);
    if (lane % 4 == 0)
        *(float2 *)(stats + (warp * MODEL_GROUP_MOST + head) * 2) = make_float2(most, weight);
#pragma unroll
    for (uint32_t h = 0; h < MODEL_GROUP_MOST; h++) {
        if (h >= m.group)
            break;
#pragma unroll
        for (uint32_t i = 0; i < v_words; i++)
            if (words > 0 || lane < DIM / 2)
                *(float2 *)(parts + (warp * m.group + h) * DIM + 64 * i + 2 * lane) =
                    make_float2(out[h][2 * i], out[h][2 * i + 1]);
    }
    model_sync();
    for (uint32_t i = threadIdx.x; i < m.group * DIM; i += MODEL_THREADS) {
        const uint32_t h = i / DIM, d = i % DIM;
        float2 own[MODEL_WARPS];
        float largest = -1e30f, sum = 0, total = 0;
#pragma unroll
        for (uint32_t w = 0; w < MODEL_WARPS; w++) {
            own[w] = *(const float2 *)(stats + (w * MODEL_GROUP_MOST + h) * 2);
            largest = fmaxf(largest, own[w].x);
        }
#pragma unroll
        for (uint32_t w = 0; w < MODEL_WARPS; w++) {
            const float scale = exp2f(own[w].x - largest);
            total += own[w].y * scale;
            sum += parts[(w * m.group + h) * DIM + d] * scale;
        }
        const uint32_t output = (b * m.heads + g * m.group + h) * DIM + d;
        if (m.splits == 1) { /* two neighbouring elements share a word */
            const float own_value = sum / total;
            const float next = __shfl_down_sync(0xFFFFFFFF, own_value, 1);
            if (d % 2 == 0)
                model_store((uint32_t *)(set.mixed + output), model_pack(own_value, next),
                            set.other * (batch * m.heads * DIM / 2));
            continue;
        }
        const uint32_t at = (item * m.group + h) * (DIM + 4);
        const int64_t other =
            set.other * (int64_t)model_partial_words(batch, m.heads, DIM, m.splits);
        uint32_t *partials = (uint32_t *)set.partials + at;
        model_store(partials + d, __float_as_uint(sum), other);
        if (d < 4) /* writes four words of statistics, of which two are used */
            model_store(partials + DIM + d,
                        d == 0   ? __float_as_uint(largest)
                        : d == 1 ? __float_as_uint(total)
                                 : 0,
                        other);
    }
    model_sync();
    return arrival;
}

/*
 * Combines the partials of all splits of a (sequence, K/V head) pair. The programs that computed
 * the pair's splits divide this work: for each split, one slice of the output of the group's heads.
 * `width` lanes combine the same four elements, each lane for other splits. Returns the cycles that
 * this thread waited for partials.
 */
template <int DIM>
static __device__ __forceinline__ uint32_t model_combine(const struct gpu_model &m, uint32_t batch,
                                                         const struct model_reader &reader,
                                                         uint32_t layer, uint32_t t, uint32_t item)
{
    constexpr uint32_t quads = DIM / 4;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const uint32_t split = item % m.splits, pair = item / m.splits;
    const uint32_t b = pair / m.kv_heads, g = pair % m.kv_heads;
    const struct model_set set(m, t, layer);
    const uint32_t all = m.group * quads;
    const uint32_t from = all * split / m.splits, to = all * (split + 1) / m.splits;
    uint32_t width = 2, waited = 0; /* width: lanes that combine the same elements */
    while (width < m.splits && width < 32)
        width *= 2;
    const uint32_t at_once = 32 / width, first = lane & (width - 1);
    for (uint32_t place = from + warp * at_once; place < to; place += MODEL_WARPS * at_once) {
        const uint32_t own = place + lane / width, member = own / quads, quad = own % quads;
        float values[4] = {}, most = -1e30f, weight = 0;
        for (uint32_t base = 0; base < m.splits; base += width) {
            const uint32_t before = gpu_clock_low();
            uint4 held[2]; /* four elements, and their head's statistics */
            reader.read(held, (const uint4 *)set.partials, [=](uint32_t i) {
                const uint32_t head = (pair * m.splits + base + first) * m.group + member;
                return own < to && base + first < m.splits
                           ? head * (quads + 1) + (i == 0 ? quad : quads)
                           : MODEL_NOTHING;
            });
            waited += gpu_clock_low() - before;
            const bool there = own < to && base + first < m.splits;
            const float own_most = there ? __uint_as_float(held[1].x) : -1e30f;
            const float next = fmaxf(most, own_most);
            const float old_scale = exp2f(most - next), own_scale = exp2f(own_most - next);
            most = next;
            weight = weight * old_scale + __uint_as_float(held[1].y) * own_scale;
            values[0] = values[0] * old_scale + __uint_as_float(held[0].x) * own_scale;
            values[1] = values[1] * old_scale + __uint_as_float(held[0].y) * own_scale;
            values[2] = values[2] * old_scale + __uint_as_float(held[0].z) * own_scale;
            values[3] = values[3] * old_scale + __uint_as_float(held[0].w) * own_scale;
        }
        float largest = most;
        for (uint32_t apart = width / 2; apart > 0; apart /= 2)
            largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFF, largest, apart));
        const float scale = exp2f(most - largest);
        weight *= scale;
#pragma unroll
        for (uint32_t i = 0; i < 4; i++)
            values[i] *= scale;
        for (uint32_t apart = width / 2; apart > 0; apart /= 2) {
            weight += __shfl_xor_sync(0xFFFFFFFF, weight, apart);
#pragma unroll
            for (uint32_t i = 0; i < 4; i++)
                values[i] += __shfl_xor_sync(0xFFFFFFFF, values[i], apart);
        }
        if (own >= to || first > 1)
            continue;
        const uint32_t output = (b * m.heads + g * m.group + member) * DIM + quad * 4 + first * 2;
        model_store((uint32_t *)(set.mixed + output),
                    first == 0 ? model_pack(values[0] / weight, values[1] / weight)
                               : model_pack(values[2] / weight, values[3] / weight),
                    set.other * (batch * m.heads * DIM / 2));
    }
    return waited;
}

#endif
