/*
 * attention_piece.cuh - a CTA's work on one piece (plan/attention_run.h): computing queries and row
 * addresses, appending the new row, and storing the result.
 */
#ifndef KERNELS_CUDA_ATTENTION_PIECE_CUH
#define KERNELS_CUDA_ATTENTION_PIECE_CUH

#include "attention_tile.cuh"

/* The layout of a CTA's shared memory. The row blocks come first. attention_fixed_bytes computes
 * the size of the rest. */
struct attention_shared {
    uint32_t row_blocks; /* shared address */
    char *queries;       /* [2][columns][query_stride bytes]: q', in the stored type */
    float *previous; /* [2][heads][DIM]: the previous step's output, for the units of the first two
                        pieces */
    float2 *statistics;             /* [warps, at least 2][columns] */
    float *exchange;                /* [warps, at least 2][heads][exchange_stride] */
    uint64_t *barriers;             /* [2][warps][stages] */
    uint32_t *word;                 /* 32 bytes for broadcasts from one thread */
    struct attention_piece *pieces; /* [2]: copies of the program's first two pieces */
};

template <class kind>
__device__ __forceinline__ struct attention_shared
attention_share_memory(uint32_t warps, uint32_t heads, uint32_t row_blocks)
{
    extern __shared__ char memory[];
    struct attention_shared shared;
    const uint32_t base = (uint32_t)__cvta_generic_to_shared(memory);
    shared.row_blocks = (base + 1023) / 1024 * 1024;
    char *at = memory + (shared.row_blocks - base) + row_blocks * kind::row_block_bytes;
    shared.barriers = (uint64_t *)at;
    shared.word = (uint32_t *)(at + 1920);
    shared.pieces = (struct attention_piece *)(at + 1952);
    shared.queries = at + 2048;
    shared.previous = (float *)(shared.queries + 2 * kind::columns * kind::query_stride);
    shared.statistics = (float2 *)(shared.previous + 2 * heads * kind::dim);
    shared.exchange = (float *)(shared.statistics + (warps > 2 ? warps : 2) * kind::columns);
    return shared;
}

/* Synchronises the warps that read rows. The CTA may have other warps. */
__device__ __forceinline__ void attention_sync(uint32_t threads)
{
    asm volatile("bar.sync 1, %0;" ::"r"(threads) : "memory");
}

/* ---- q' ------------------------------------------------------------------------------------- */

/* A lane's DIM / 32 elements of a row. */
template <class kind> struct attention_own {
    float value[kind::dim / 32];

    __device__ __forceinline__ void load(const void *row, uint32_t lane)
    {
        constexpr int OWN = kind::dim / 32;
        const char *from = (const char *)row + lane * OWN * kind::element;
        if constexpr (OWN * kind::element == 16) {
            const uint4 bits = attention_load16(from);
            value[0] = __uint_as_float(bits.x), value[1] = __uint_as_float(bits.y);
            value[2] = __uint_as_float(bits.z), value[3] = __uint_as_float(bits.w);
        } else if constexpr (OWN * kind::element == 8) {
            const uint2 bits = attention_load8(from);
            if constexpr (kind::element == 4) {
                value[0] = __uint_as_float(bits.x), value[1] = __uint_as_float(bits.y);
            } else {
                const float2 low = attention_unpack<kind::type>(bits.x);
                const float2 high = attention_unpack<kind::type>(bits.y);
                value[0] = low.x, value[1] = low.y, value[2] = high.x, value[3] = high.y;
            }
        } else {
            uint32_t bits;
            asm volatile("ld.global.cg.u32 %0, [%1];" : "=r"(bits) : "l"(from) : "memory");
            const float2 pair = attention_unpack<kind::type>(bits);
            value[0] = pair.x, value[1] = pair.y;
        }
    }
};

/* Returns the address of a head's row in q or out. */
template <class kind>
__device__ __forceinline__ const char *attention_row(const struct attention_shape &shape,
                                                     const void *tensor, uint32_t b, uint32_t t,
                                                     uint32_t head)
{
    return (const char *)tensor + attention_query_offset(&shape, b, t, head) * kind::element;
}

/* Computes a head's q' from q and, with CHAIN, from the previous step's output, and stores q' in
 * shared memory. A whole warp calls this. Stores zeros for heads past the last. */
template <class kind>
__device__ __forceinline__ void
attention_put_query(char *queries, uint32_t head, const struct attention_own<kind> &q,
                    const struct attention_own<kind> &before, bool chain, uint32_t lane)
{
    constexpr int OWN = kind::dim / 32;
    float squares = 0, factor = 0;
#pragma unroll
    for (int i = 0; i < OWN; i++)
        squares = fmaf(before.value[i], before.value[i], squares);
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2)
        squares += __shfl_xor_sync(0xFFFFFFFF, squares, distance);
    if (chain && squares != 0) /* also true for NaN, which must propagate */
        factor = 0.5f * rsqrtf(squares * (1.0f / kind::dim));
    char *to = queries + head * kind::query_stride + lane * OWN * kind::element;
    float sum[OWN];
#pragma unroll
    for (int i = 0; i < OWN; i++)
        sum[i] = chain ? fmaf(before.value[i], factor, q.value[i]) : q.value[i];
#pragma unroll
    for (int i = 0; i < OWN; i += 2) {
        if constexpr (kind::element == 4)
            *(float2 *)(to + i * 4) = make_float2(sum[i], sum[i + 1]);
        else
            *(uint32_t *)(to + i * 2) = attention_pack<kind::type>(sum[i], sum[i + 1]);
    }
}

/* A warp's rows of q, loaded ahead, for heads warp, warp + warps, and so on. With 8 or more warps
 * the array holds all of a warp's rows. */
template <class kind> struct attention_held_queries {
    static constexpr int COUNT = kind::columns / 8;
    struct attention_own<kind> q[COUNT];

    __device__ __forceinline__ void load(const struct gpu_attention &data,
                                         const struct attention_unit &unit, uint32_t t,
                                         uint32_t warp, uint32_t warps, uint32_t lane)
    {
#pragma unroll
        for (int i = 0; i < COUNT; i++)
            if (warp + i * warps < unit.heads)
                q[i].load(attention_row<kind>(data.shape, data.q, unit.b, t,
                                              unit.head + warp + i * warps),
                          lane);
    }
};

/* Computes all queries of a unit. All warps of a CTA call this. The previous step's output comes
 * from `previous` in shared memory, or from the tensor if `previous` is null. q comes from `held`;
 * heads that `held` does not contain come from memory. */
template <class kind>
__device__ __forceinline__ void
attention_make_queries(const struct gpu_attention &data, const struct attention_unit &unit,
                       uint32_t t, const float *previous,
                       const struct attention_held_queries<kind> &held, char *queries,
                       uint32_t warp, uint32_t warps, uint32_t lane)
{
    constexpr int OWN = kind::dim / 32;
    const struct attention_shape &shape = data.shape;
    const bool chain = shape.chain && t > 0;
    const auto put = [&](uint32_t head, struct attention_own<kind> q, bool has) {
        struct attention_own<kind> before = {
        };
        if (head >= unit.heads) {
            q = {};
        } else {
            if (!has)
                q.load(attention_row<kind>(shape, data.q, unit.b, t, unit.head + head), lane);
            if (chain && previous != nullptr) {
#pragma unroll
                for (int i = 0; i < OWN; i++)
                    before.value[i] = previous[head * kind::dim + lane * OWN + i];
            } else if (chain) {
                before.load(attention_row<kind>(shape, data.out, unit.b, t - 1, unit.head + head),
                            lane);
            }
        }
        attention_put_query<kind>(queries, head, q, before, chain, lane);
    };
#pragma unroll
    for (int i = 0; i < held.COUNT; i++)
        put(warp + i * warps, held.q[i], true);
    for (uint32_t head = warp + held.COUNT * warps; head < kind::columns; head += warps)
        put(head, {}, false);
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* Loads a word that no thread writes while the kernel runs. The asm is volatile, so that the
 * compiler does not move the load up. That would cost a register for longer, and registers are
 * scarcer than loads from L1. */
__device__ __forceinline__ uint32_t attention_load_word(const uint32_t *from)
{
    uint32_t word;
    asm volatile("ld.global.nc.u32 %0, [%1];" : "=r"(word) : "l"(from));
    return word;
}

__device__ __forceinline__ uint4 attention_load_words(const void *from)
{
    uint4 words;
    asm volatile("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words.x), "=r"(words.y), "=r"(words.z), "=r"(words.w)
                 : "l"(from));
    return words;
}

/* Returns the page that contains a row of a sequence, or 0 if the cache has no pages. */
__device__ __forceinline__ uint32_t attention_page(const struct gpu_attention &data, uint32_t b,
                                                   uint32_t row)
{
    if (data.pages == nullptr)
        return 0;
    const uint32_t columns = attention_table_pages(&data.shape);
    return attention_load_word(data.pages + (uint64_t)b * columns + (row >> data.shape.page_shift));
}

/* Where a step reads a unit's rows. Most rows come from the step's copy of the cache. The newest
 * rows may not be in the cache yet, so they come from the tensors new K and new V. Offsets are in
 * bytes from the start of a tensor, and are the same for K and V. */
struct attention_source {
    uint64_t cache; /* offset of the unit's row 0, or of its row 0 in page 0 */
    int64_t fresh;  /* offset that row 0 would have if all rows were in the new tensors */
    uint32_t b;
    uint32_t settled; /* rows before this row are read from the cache */
    uint32_t rows;    /* rows that the step reads */
};

/* `ahead`: how many rows of earlier steps may not be in the cache yet. */
template <class kind>
__device__ __forceinline__ struct attention_source
attention_source_of(const struct gpu_attention &data, const struct attention_unit &unit, uint32_t t,
                    uint32_t ahead)
{
    const struct attention_shape &shape = data.shape;
    const uint64_t before = /* rows of earlier heads */
        data.pages != nullptr
            ? (uint64_t)unit.g << shape.page_shift
            : ((uint64_t)unit.b * shape.kv_heads + unit.g) * attention_rows(&shape);
    struct attention_source source;
    source.cache = (t % shape.copies * attention_copy_rows(&shape) + before) * kind::row_bytes;
    source.fresh = (int64_t)(attention_new_offset(&shape, unit.b, 0, unit.g) * kind::element) -
                   (int64_t)unit.context * shape.kv_heads * kind::row_bytes;
    source.b = unit.b;
    source.rows = unit.context + t + 1;
    source.settled = unit.context + (t > ahead ? t - ahead : 0);
    return source;
}

/* Returns the offset of a row in the cache. `page` is the page that contains the row. */
template <class kind>
__device__ __forceinline__ uint64_t attention_cached(const struct gpu_attention &data,
                                                     const struct attention_source &source,
                                                     uint32_t page, uint32_t row)
{
    if (data.pages == nullptr)
        return source.cache + (uint64_t)row * kind::row_bytes;
    const uint32_t shift = data.shape.page_shift;
    return source.cache +
           (((uint64_t)page * data.shape.kv_heads << shift) + (row & ((1u << shift) - 1))) *
               kind::row_bytes;
}

/* The addresses of a lane's chunks in a row block: its first chunk, and every 32nd chunk after
 * that. The rows of a block are contiguous in the cache; the newest rows are `pitch` bytes apart in
 * new K and V. */
template <class kind> struct attention_lane_rows {
    static constexpr int STEP = 32 / kind::chunks; /* rows from a lane's chunk to its next */
    uint32_t first;
    uint64_t cached, fresh, pitch;

    __device__ __forceinline__ attention_lane_rows(const struct gpu_attention &data,
                                                   const struct attention_source &source,
                                                   uint32_t page, uint32_t row, uint32_t lane)
        : first(row + lane / kind::chunks),
          cached(attention_cached<kind>(data, source, page, row) + lane * 16),
          pitch((uint64_t)data.shape.kv_heads * kind::row_bytes)
    {
        fresh = source.fresh + first * pitch + lane % kind::chunks * 16;
    }
    __device__ __forceinline__ uint32_t number(int i) const
    {
        return first + i * STEP;
    }
    __device__ __forceinline__ const char *from(const struct gpu_attention &data,
                                                const struct attention_source &source, int side,
                                                int i) const
    {
        return number(i) < source.settled
                   ? (const char *)data.cache[side] + cached + i * 512
                   : (const char *)data.new_rows[side] + fresh + i * STEP * pitch;
    }
};

/* Starts cp.async copies of the row block that begins at `row`, which is in `page`. A whole warp
 * calls this. */
template <class kind>
__device__ __forceinline__ void
attention_copy_row_block(const struct gpu_attention &data, const struct attention_source &source,
                         uint32_t page, uint32_t row, uint32_t row_block, uint32_t lane)
{
    constexpr int COPIES = kind::side_bytes / 512;
    if (row + kind::rows <= source.settled) {
        const uint64_t at = attention_cached<kind>(data, source, page, row) + lane * 16;
#pragma unroll
        for (int side = 0; side < 2; side++) {
            const char *from = (const char *)data.cache[side] + at;
#pragma unroll
            for (int i = 0; i < COPIES; i++) {
                const uint32_t chunk = i * 32 + lane;
                gpu_copy16_to(
                    row_block + side * kind::side_bytes +
                        attention_chunk_at<kind>(chunk / kind::chunks, chunk % kind::chunks),
                    from + i * 512, true);
            }
        }
        return;
    }
    const struct attention_lane_rows<kind> rows(data, source, page, row, lane);
#pragma unroll
    for (int side = 0; side < 2; side++)
#pragma unroll
        for (int i = 0; i < COPIES; i++) {
            const uint32_t chunk = i * 32 + lane;
            gpu_copy16_to(row_block + side * kind::side_bytes +
                              attention_chunk_at<kind>(chunk / kind::chunks, chunk % kind::chunks),
                          rows.from(data, source, side, i), rows.number(i) < source.rows);
        }
}

/* A lane's share of a row block, in registers until the lane stores it in shared memory. */
template <class kind> struct attention_held_row_block {
    static constexpr int COPIES = kind::side_bytes / 512;
    uint4 chunks[2][COPIES];

    __device__ __forceinline__ void load(const struct gpu_attention &data,
                                         const struct attention_source &source, uint32_t page,
                                         uint32_t row, uint32_t lane)
    {
        constexpr int STEP = 32 / kind::chunks; /* rows from one of the lane's chunks to its next */
        const uint32_t first = row + lane / kind::chunks;
        const uint64_t pitch = (uint64_t)data.shape.kv_heads * kind::row_bytes;
        const uint64_t cached = attention_cached<kind>(data, source, page, row) + lane * 16;
        const uint64_t fresh = source.fresh + first * pitch + lane % kind::chunks * 16;
#pragma unroll
        for (int side = 0; side < 2; side++)
#pragma unroll
            for (int i = 0; i < COPIES; i++) {
                const uint32_t number = first + i * STEP;
                const char *from =
                    number < source.settled
                        ? (const char *)data.cache[side] + cached + i * 512
                        : (const char *)data.new_rows[side] + fresh + i * STEP * pitch;
                chunks[side][i] =
                    number < source.rows ? attention_load16(from) : make_uint4(0, 0, 0, 0);
            }
    }

    __device__ __forceinline__ void store(uint32_t row_block, uint32_t lane) const
    {
#pragma unroll
        for (int side = 0; side < 2; side++)
#pragma unroll
            for (int i = 0; i < COPIES; i++) {
                const uint32_t chunk = i * 32 + lane;
                const uint4 v = chunks[side][i];
                asm volatile(
                    "st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(
                        row_block + side * kind::side_bytes +
                        attention_chunk_at<kind>(chunk / kind::chunks, chunk % kind::chunks)),
                    "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w)
                    : "memory");
            }
    }
};

/* Appends step t's new row, which is row `r` of the row block, to the copies of the cache from
 * which this step and later steps read it. A whole warp calls this. */
template <class kind>
__device__ __forceinline__ void attention_append(const struct gpu_attention &data,
                                                 const struct attention_unit &unit, uint32_t t,
                                                 uint32_t row_block, uint32_t r, uint32_t lane)
{
    const struct attention_shape &shape = data.shape;
    const uint32_t count = attention_appended_copies(&shape, t);
    const uint64_t pitch =
        attention_copy_rows(&shape) * kind::row_bytes; /* bytes from one copy to the next */
    const uint32_t row = unit.context + t;
    struct attention_source source = attention_source_of<kind>(data, unit, 0, 0);
    const uint64_t at =
        attention_cached<kind>(data, source, attention_page(data, unit.b, row), row);
    for (uint32_t chunk = lane; chunk < 2 * kind::chunks; chunk += 32) {
        const uint32_t side = chunk / kind::chunks, c = chunk % kind::chunks;
        const uint4 value = attention_shared16(row_block + side * kind::side_bytes +
                                               attention_chunk_at<kind>(r, c));
        char *to = (char *)data.cache[side] + at + c * 16;
        uint32_t copy = t % shape.copies;
        for (uint32_t i = 0; i < count; i++) {
            *(uint4 *)(to + copy * pitch) = value;
            copy = copy + 1 == shape.copies ? 0 : copy + 1;
        }
    }
}

/* The row that a step appends, in a warp's registers. The warp loads the row ahead, then stores it
 * to the copies of the cache from which this step and later steps read it. The warps divide the
 * copies among themselves, because a single warp could not store to all of them within a short
 * step. */
template <class kind> struct attention_new_row {
    static constexpr int COUNT = (2 * kind::chunks + 31) / 32;
    uint4 chunks[COUNT];

    __device__ __forceinline__ void load(const struct gpu_attention &data,
                                         const struct attention_unit &unit, uint32_t t,
                                         uint32_t lane)
    {
        const uint64_t at = attention_new_offset(&data.shape, unit.b, t, unit.g) * kind::element;
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            const uint32_t chunk = i * 32 + lane, side = chunk / kind::chunks;
            if (chunk < 2 * kind::chunks)
                chunks[i] = attention_load16((const char *)data.new_rows[side] + at +
                                             chunk % kind::chunks * 16);
        }
    }

    /* Stores the row to copies t + first, t + first + step, and so on, if this step or a later step
     * reads them. */
    __device__ __forceinline__ void append(const struct gpu_attention &data,
                                           const struct attention_unit &unit, uint32_t t,
                                           uint32_t first, uint32_t step, uint32_t lane) const
    {
        const struct attention_shape &shape = data.shape;
        const uint32_t count = attention_appended_copies(&shape, t), row = unit.context + t;
        if (first >= count)
            return;
        const uint64_t pitch =
            attention_copy_rows(&shape) * kind::row_bytes; /* bytes from one copy to the next */
        const struct attention_source source = attention_source_of<kind>(data, unit, 0, 0);
        const uint64_t at =
            attention_cached<kind>(data, source, attention_page(data, unit.b, row), row);
        uint32_t copy = (t + first) % shape.copies;
        for (uint32_t n = first; n < count; n += step) {
#pragma unroll
            for (int i = 0; i < COUNT; i++) {
                const uint32_t chunk = i * 32 + lane, side = chunk / kind::chunks;
                if (chunk < 2 * kind::chunks)
                    *(uint4 *)((char *)data.cache[side] + at + copy * pitch +
                               chunk % kind::chunks * 16) = chunks[i];
            }
            for (copy += step; copy >= shape.copies;)
                copy -= shape.copies;
        }
    }
};

/* ---- the result of a piece ------------------------------------------------------------------ */

/* Adds the warps' sums. If `partial` is null, the piece is a whole unit: stores the output in the
 * tensor, and, unless `previous` is null, the rounded output in `previous`, [heads][DIM]. Otherwise
 * stores the sums in `partial`: [heads][DIM], then (most, weight) of each head. */
template <class kind>
__device__ __forceinline__ void
attention_finish_piece(const struct gpu_attention &data, const struct attention_unit &unit,
                       uint32_t t, const struct attention_shared &shared, uint32_t warps,
                       uint32_t heads, float *partial, float *previous, uint32_t thread,
                       uint32_t threads)
{
    for (uint32_t i = thread; i < unit.heads * (kind::dim / 4); i += threads) {
        const uint32_t head = i / (kind::dim / 4), d = i % (kind::dim / 4) * 4;
        const struct attention_quad sum =
            attention_gather<kind>(shared.exchange, shared.statistics, warps, heads, head, d);
        if (partial == nullptr) {
            const float over = 1.0f / sum.weight;
            char *row =
                (char *)attention_row<kind>(data.shape, data.out, unit.b, t, unit.head + head);
            const float4 stored = attention_store4<kind::type>(
                row + d * kind::element, make_float4(sum.out.x * over, sum.out.y * over,
                                                     sum.out.z * over, sum.out.w * over));
            if (previous != nullptr)
                *(float4 *)(previous + head * kind::dim + d) = stored;
        } else {
            *(float4 *)(partial + head * kind::dim + d) = sum.out;
            if (d == 0)
                *(float2 *)(partial + heads * kind::dim + head * 2) =
                    make_float2(sum.most, sum.weight);
        }
    }
}

/* Returns four elements of a head's sum over partials `from`, `from + step`, and so on, up to
 * `count` - 1. Partials are `pitch` floats apart. */
__device__ __forceinline__ struct attention_quad
attention_add_partials(const float *partials, uint32_t from, uint32_t step, uint32_t count,
                       uint32_t pitch, uint32_t heads, uint32_t dim, uint32_t head, uint32_t d)
{
    constexpr uint32_t AT_ONCE = 9; /* independent loads */
    struct attention_quad quad;
    attention_quad_begin(&quad);
    for (uint32_t i = from; i < count; i += AT_ONCE * step) {
        uint4 out[AT_ONCE];
        uint2 statistics[AT_ONCE];
#pragma unroll
        for (uint32_t j = 0; j < AT_ONCE; j++) {
            const uint32_t number = i + j * step;
            if (number < count) {
                const float *at = partials + (uint64_t)number * pitch;
                out[j] = attention_load16(at + head * dim + d);
                statistics[j] = attention_load8(at + heads * dim + head * 2);
            }
        }
        /* The maximum first, so that the exponentials do not depend on each other. */
        float most = quad.most;
#pragma unroll
        for (uint32_t j = 0; j < AT_ONCE; j++)
            if (i + j * step < count)
                most = fmaxf(most, __uint_as_float(statistics[j].x));
        attention_quad_raise(&quad, most);
#pragma unroll
        for (uint32_t j = 0; j < AT_ONCE; j++)
            if (i + j * step < count)
                attention_quad_add_below(
                    &quad,
                    make_float4(__uint_as_float(out[j].x), __uint_as_float(out[j].y),
                                __uint_as_float(out[j].z), __uint_as_float(out[j].w)),
                    make_float2(__uint_as_float(statistics[j].x),
                                __uint_as_float(statistics[j].y)));
    }
    return quad;
}

#endif
