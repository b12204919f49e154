/*
 * The steps of attention with one cluster of CTAs per unit (attention_run.h). The SMs of a cluster
 * can access each other's shared memory. So everything that a step needs from the previous step
 * stays there: no partial sum, counter or query goes through L2, where it would queue behind the
 * rows in flight.
 *
 * Row block i of a unit belongs to CTA i mod `parts` for the whole iteration. In each CTA, some
 * warps load row blocks into a ring, and the other warps take them in turn:
 *
 *     load    When a step begins, the load warps append its row, then request the next step's
 *             queries and row blocks. So the warps that wrote an appended row also read it back
 *             from the cache, and only the newest row comes from new K and V.
 *     attend  Each warp sums over its row blocks.
 *     combine One warp per head adds the warps' sums and sends the result to every CTA of the
 *             cluster. Each CTA adds up the results of all CTAs, computes the next step's
 *             query, and stores its share of the heads' outputs.
 *
 * Results between CTAs are double-buffered by step. Two buffers suffice: a CTA sends for step t + 2
 * only after it has received everything for step t + 1, and every CTA sent that after it had read
 * everything for step t.
 */
#include "attention_bulk.cuh"
#include "attention_program.cuh"

#if HAS_TMA

/* Offsets in the block of barriers and words that follows the ring. */
#define FULL     0u    /* [slots], 32 arrivals */
#define EMPTY    512u  /* [slots], 1 arrival */
#define BEGUN    1024u /* phase t completes when step t has begun */
#define QUERIES  1032u /* [2]: q of a step has arrived */
#define RECEIVED 1048u /* [2]: the results of the cluster's CTAs have arrived */
#define LEAVE    1088u /* [2] words: leave after the step; the first CTA sends them */
#define STOPPED  1096u /* word: the attending warps have left */
#define WAITED   1100u /* word: cycles that the first warp waited for other CTAs */
#define ABORTED  1104u /* word: the next LEAVE, in the first CTA */
#define FILLED   1280u /* [slots] words: how many times the slot was filled */
#define BARRIERS 2048u

/* Shared memory of a CTA, as attention_cluster_bytes counts it. */
struct cluster_shared {
    uint32_t ring, barriers;
    char *memory;       /* at `barriers` */
    char *queries;      /* [columns][query_stride bytes]: q', in the stored type */
    char *raw;          /* [2][heads][row_bytes]: q of a step */
    float2 *statistics; /* [warps][columns]: (most, weight) */
    float *exchange;    /* [warps][heads][exchange_stride] */
    float2 *sent;       /* [2][parts][columns]: (most, weight) */
    float *received;    /* [2][parts][heads][DIM] */
};

struct cluster {
    const struct attention_run &run;
    const struct attention_unit unit;
    const struct cluster_shared shared;
    uint32_t rank, parts, parts_log2, slots;

    __device__ __forceinline__ uint32_t at(uint32_t offset) const
    {
        return shared.barriers + offset;
    }
    __device__ __forceinline__ volatile uint32_t *word(uint32_t offset) const
    {
        return (volatile uint32_t *)(shared.memory + offset);
    }
    /* Row blocks of this CTA in step t. */
    template <class kind> __device__ __forceinline__ uint32_t blocks(uint32_t t) const
    {
        const uint32_t all = (attention_unit_rows(&unit, t) + kind::rows - 1) / kind::rows;
        return (all + parts - 1 - rank) >> parts_log2;
    }
    /* The first row of the i-th row block of this CTA. */
    template <class kind> __device__ __forceinline__ uint32_t row(uint32_t i) const
    {
        return ((i << parts_log2) + rank) * kind::rows;
    }
};

template <class kind>
static __device__ __forceinline__ struct cluster_shared lay_out(const struct attention_run &run,
                                                                uint32_t parts)
{
    extern __shared__ char memory[];
    struct cluster_shared shared;
    const uint32_t base = (uint32_t)__cvta_generic_to_shared(memory);
    shared.ring = (base + 1023) / 1024 * 1024;
    shared.barriers = shared.ring + run.warps * run.stages * kind::row_block_bytes;
    shared.memory = memory + (shared.barriers - base);
    shared.queries = shared.memory + BARRIERS;
    shared.raw = shared.queries + kind::columns * kind::query_stride;
    shared.statistics = (float2 *)(shared.raw + 2 * run.heads * kind::row_bytes);
    shared.exchange = (float *)(shared.statistics + run.warps * kind::columns);
    shared.sent = (float2 *)(shared.exchange + run.warps * run.heads * kind::exchange_stride);
    shared.received = (float *)(shared.sent + 2 * parts * kind::columns);
    return shared;
}

/* ---- barriers ------------------------------------------------------------------------------- */

/* Like attention_barrier_over, but for data that other CTAs of the cluster sent. */
static __device__ __forceinline__ bool has_received(uint32_t barrier, uint32_t parity)
{
    uint32_t over;
    asm volatile("{\n\t"
                 ".reg .pred over;\n\t"
                 "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 over, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, over;\n\t"
                 "}"
                 : "=r"(over)
                 : "r"(barrier), "r"(parity)
                 : "memory");
    return over != 0;
}

static __device__ __forceinline__ void arrive_expecting(uint32_t barrier, uint32_t bytes)
{
    asm volatile("{\n\t"
                 ".reg .b64 state;\n\t"
                 "mbarrier.arrive.expect_tx.shared::cta.b64 state, [%0], %1;\n\t"
                 "}" ::"r"(barrier),
                 "r"(bytes)
                 : "memory");
}

/* The address of `local` in the shared memory of CTA `rank` of the cluster. */
static __device__ __forceinline__ uint32_t there(uint32_t local, uint32_t rank)
{
    uint32_t remote;
    asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(local), "r"(rank));
    return remote;
}

/* Stores to another CTA's shared memory, and counts the bytes at a barrier there. */
static __device__ __forceinline__ void send(uint32_t to, const float (&values)[4], uint32_t barrier)
{
    asm volatile("st.async.shared::cluster.mbarrier::complete_tx::bytes.v4.f32 "
                 "[%0], {%1, %2, %3, %4}, [%5];" ::"r"(to),
                 "f"(values[0]), "f"(values[1]), "f"(values[2]), "f"(values[3]), "r"(barrier)
                 : "memory");
}

static __device__ __forceinline__ void send(uint32_t to, const float (&values)[2], uint32_t barrier)
{
    asm volatile("st.async.shared::cluster.mbarrier::complete_tx::bytes.v2.f32 "
                 "[%0], {%1, %2}, [%3];" ::"r"(to),
                 "f"(values[0]), "f"(values[1]), "r"(barrier)
                 : "memory");
}

static __device__ __forceinline__ void send(uint32_t to, uint32_t value, uint32_t barrier)
{
    asm volatile(
        "st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%0], %1, [%2];" ::"r"(to),
        "r"(value), "r"(barrier)
        : "memory");
}

/* A barrier of all attending warps. */
static __device__ __forceinline__ void sync_all(uint32_t threads)
{
    asm volatile("bar.sync 1, %0;" ::"r"(threads) : "memory");
}

static __device__ __forceinline__ void sync_cluster(uint32_t parts)
{
    if (parts > 1)
        gpu_cluster_barrier();
    else
        __syncthreads();
}

/* ---- load ----------------------------------------------------------------------------------- */

/* One of the load warps. A single load warp would be too slow for a short step, because its
 * instructions depend on each other. */
template <class kind> struct loader {
    const struct cluster &own;
    const struct attention_maps &maps;
    uint32_t number = 0, count = 0; /* this load warp's number; load warps in all */
    uint32_t lane = 0;
    uint32_t slot = 0, round = 0; /* of the step's first row block */
    struct attention_new_row<kind> newest = {
    };

    /* False: the attending warps have left. */
    __device__ __forceinline__ bool wait(uint32_t barrier, uint32_t parity) const
    {
        while (!attention_barrier_over(barrier, parity))
            if (*own.word(STOPPED) != 0)
                return false;
        return true;
    }

    /* A barrier of the load warps. Afterwards the rows that they appended are visible to all of
     * them. */
    __device__ __forceinline__ void sync() const
    {
        asm volatile("bar.sync 2, %0;" ::"r"(count * 32) : "memory");
    }

    __device__ __forceinline__ void load_queries(uint32_t t) const
    {
        const struct attention_run &run = own.run;
        const char *from =
            attention_row<kind>(run.data.shape, run.data.q, own.unit.b, t, own.unit.head);
        const uint32_t to = (uint32_t)__cvta_generic_to_shared(own.shared.raw) +
                            (t & 1) * run.heads * kind::row_bytes;
        for (uint32_t i = lane * 16; i < own.unit.heads * kind::row_bytes; i += 512)
            gpu_copy16_to(to + i, from + i, true);
        attention_barrier_arrive_copied(own.at(QUERIES) + (t & 1) * 8);
    }

    /* Whether the row that step t appends is in a row block of this CTA. */
    __device__ __forceinline__ bool has_newest(uint32_t t) const
    {
        return ((own.unit.context + t) / kind::rows & (own.parts - 1)) == own.rank;
    }

    __device__ __forceinline__ void append(uint32_t t) const
    {
        newest.append(own.run.data, own.unit, t, number, count, lane);
        /* A later step may fetch the row block that this row completes. A fence waits for all
         * stores, so one per step would cost up to a microsecond. */
        if ((own.unit.context + t + 1) % kind::rows == 0)
            attention_order_rows_before_fetch();
    }

    /* Requests this warp's share of the CTA's row blocks. One lane requests the row blocks that are
     * completely in the cache; then all lanes copy the last ones. */
    __device__ __forceinline__ bool load_rows(uint32_t t)
    {
        const struct attention_run &run = own.run;
        const struct attention_source source = attention_source_of<kind>(run.data, own.unit, t, 1);
        const uint32_t all = own.blocks<kind>(t), step = own.parts * kind::rows * count;
        uint32_t place = slot + number, phase = round, i = number, row = own.row<kind>(number);
        bool right = true;
        uint32_t page = i < all ? attention_page(run.data, source.b, row) : 0;
        /* Order the TMA loads that follow after cp.async, which wrote up to two row blocks of the
         * previous step, and after the warps that read them. */
        attention_order_ring_before_fetch();
        for (; i < all && row + kind::rows <= source.settled && right;
             i += count, row += step, place += count) {
            while (place >= own.slots) {
                place -= own.slots;
                phase++;
            }
            if (lane == 0) {
                right = wait(own.at(EMPTY) + place * 8, phase & 1 ^ 1);
                if (right) {
                    if (i + 2 >= own.slots)
                        attention_order_ring_before_fetch();
                    *own.word(FILLED + place * 4) = phase + 1;
                    attention_fetch_row_block<kind>(
                        maps, own.shared.ring + place * kind::row_block_bytes,
                        (uint32_t)(attention_cached<kind>(run.data, source, page, row) /
                                   kind::row_bytes),
                        own.at(FULL) + place * 8);
                }
                if (i + count < all)
                    page = attention_page(run.data, source.b, row + step);
            }
        }
        right = __shfl_sync(0xFFFFFFFF, right, 0);
        for (; i < all && right; i += count, row += step, place += count) {
            while (place >= own.slots) {
                place -= own.slots;
                phase++;
            }
            right = __all_sync(0xFFFFFFFF, wait(own.at(EMPTY) + place * 8, phase & 1 ^ 1));
            if (!right)
                break;
            if (lane == 0)
                *own.word(FILLED + place * 4) = phase + 1;
            attention_copy_row_block<kind>(run.data, source,
                                           attention_page(run.data, source.b, row), row,
                                           own.shared.ring + place * kind::row_block_bytes, lane);
            attention_barrier_arrive_copied(own.at(FULL) + place * 8);
        }
        slot += all;
        if (slot >= own.slots) {
            round += slot / own.slots;
            slot %= own.slots;
        }
        return right;
    }

    __device__ __forceinline__ void run_all()
    {
        const uint32_t seq_len = own.run.data.shape.seq_len;
        bool right = true;
        for (uint32_t t = 0; t < seq_len && right; t++) {
            if (t > 0) {
                right = __all_sync(0xFFFFFFFF, wait(own.at(BEGUN), t & 1 ^ 1));
                if (!right)
                    break;
                sync();
            }
            if (number == 0)
                load_queries(t);
            right = load_rows(t);
            if (t > 0 && has_newest(t - 1))
                append(t - 1);
            if (has_newest(t))
                newest.load(own.run.data, own.unit, t, lane);
        }
        if (right && has_newest(seq_len - 1) &&
            __all_sync(0xFFFFFFFF, wait(own.at(BEGUN), seq_len & 1 ^ 1)))
            append(seq_len - 1);
        asm volatile("cp.async.wait_all;" ::: "memory");
    }
};

/* ---- attend and combine --------------------------------------------------------------------- */

/* A lane's DIM / 32 elements of a head's sum. */
template <class kind> struct head_sum {
    static constexpr int OWN = kind::dim / 32, AT_ONCE = 8;
    float out[OWN];
    float most, weight;

    /* Adds up `count` sums. `from` points to the lane's elements of the first sum. */
    __device__ __forceinline__ void add_up(const float *from, uint32_t pitch,
                                           const float2 *statistics, uint32_t statistics_pitch,
                                           uint32_t count)
    {
        most = ATTENTION_NONE, weight = 0;
#pragma unroll
        for (int i = 0; i < OWN; i++)
            out[i] = 0;
        for (uint32_t first = 0; first < count; first += AT_ONCE) {
            float values[AT_ONCE][OWN];
            float2 of[AT_ONCE];
            float higher = most;
#pragma unroll
            for (uint32_t j = 0; j < AT_ONCE; j++) {
                of[j] = make_float2(ATTENTION_NONE, 0);
                if (first + j < count) {
                    of[j] = statistics[(first + j) * statistics_pitch];
                    const float *at = from + (first + j) * pitch;
                    if constexpr (OWN == 4) {
                        const float4 four = *(const float4 *)at;
                        values[j][0] = four.x, values[j][1] = four.y;
                        values[j][2] = four.z, values[j][3] = four.w;
                    } else {
                        const float2 two = *(const float2 *)at;
                        values[j][0] = two.x, values[j][1] = two.y;
                    }
                } else {
#pragma unroll
                    for (int i = 0; i < OWN; i++)
                        values[j][i] = 0;
                }
            }
#pragma unroll
            for (uint32_t j = 0; j < AT_ONCE; j++)
                higher = fmaxf(higher, of[j].x);
            const float scale = attention_power(most - higher);
            most = higher;
            weight *= scale;
#pragma unroll
            for (int i = 0; i < OWN; i++)
                out[i] *= scale;
#pragma unroll
            for (uint32_t j = 0; j < AT_ONCE; j++) {
                const float factor = attention_power(of[j].x - most);
                weight = fmaf(of[j].y, factor, weight);
#pragma unroll
                for (int i = 0; i < OWN; i++)
                    out[i] = fmaf(values[j][i], factor, out[i]);
            }
        }
    }
};

template <class kind> struct combiner {
    static constexpr int OWN = kind::dim / 32;
    const struct cluster &own;
    uint32_t lane;

    /* A head's sum over the CTA's warps. */
    __device__ __forceinline__ struct head_sum<kind> sum_warps(uint32_t head,
                                                               uint32_t warps) const {
        const uint32_t heads = own.run.heads;
        struct head_sum<kind> sum;
        sum.add_up(own.shared.exchange + head * kind::exchange_stride + lane * OWN,
                   heads *kind::exchange_stride, own.shared.statistics + head, kind::columns,
                   warps);
        return sum;
    }

    /* A head's sum over the CTAs of the cluster. */
    __device__ __forceinline__ struct head_sum<kind>
    sum_parts(uint32_t head, uint32_t t) const {
        const uint32_t heads = own.run.heads, buffer = (t & 1) * own.parts;
        struct head_sum<kind> sum;
        sum.add_up(own.shared.received + (buffer * heads + head) * kind::dim + lane * OWN,
                   heads *kind::dim, own.shared.sent + buffer * kind::columns + head, kind::columns,
                   own.parts);
        return sum;
    }

    __device__ __forceinline__ void
    send_sum(const struct head_sum<kind> &sum, uint32_t head, uint32_t t) const
    {
        const uint32_t number = (t & 1) * own.parts + own.rank;
        const uint32_t to = (uint32_t)__cvta_generic_to_shared(
            own.shared.received + (number * own.run.heads + head) * kind::dim + lane * OWN);
        const uint32_t statistics =
            (uint32_t)__cvta_generic_to_shared(own.shared.sent + number * kind::columns + head);
        const uint32_t barrier = own.at(RECEIVED) + (t & 1) * 8;
        const float pair[2] = {sum.most, sum.weight};
#pragma unroll 4
        for (uint32_t rank = 0; rank < own.parts; rank++) {
            send(there(to, rank), sum.out, there(barrier, rank));
            if (lane == 0)
                send(there(statistics, rank), pair, there(barrier, rank));
        }
    }

    /* Makes the query of step t from q and, if there is one, the previous step's output. */
    __device__ __forceinline__ void make_query(const struct attention_own<kind> &before,
                                               uint32_t head, uint32_t t) const
    {
        struct attention_own<kind> q;
        const char *from = own.shared.raw + ((t & 1) * own.run.heads + head) * kind::row_bytes +
                           lane * OWN * kind::element;
#pragma unroll
        for (int i = 0; i < OWN; i += 2) {
            const float2 pair = attention_unpack<kind::type>(*(const uint32_t *)(from + i * 2));
            q.value[i] = pair.x, q.value[i + 1] = pair.y;
        }
        attention_put_query<kind>(own.shared.queries, head, q, before,
                                  own.run.data.shape.chain && t > 0, lane);
    }

    /* The output of a head in step t. */
    __device__ __forceinline__ struct attention_own<kind> finish(const struct head_sum<kind> &sum,
                                                                 uint32_t head, uint32_t t) const {
        const float over = 1.0f / sum.weight;
        struct attention_own<kind> out;
        uint32_t pairs[OWN / 2];
#pragma unroll
        for (int i = 0; i < OWN; i += 2) {
            pairs[i / 2] = attention_pack<kind::type>(sum.out[i] * over, sum.out[i + 1] * over);
            const float2 rounded = attention_unpack<kind::type>(pairs[i / 2]);
            out.value[i] = rounded.x, out.value[i + 1] = rounded.y;
        }
        if ((head & (own.parts - 1)) == own.rank) {
            char *to = (char *)attention_row<kind>(own.run.data.shape, own.run.data.out, own.unit.b,
                                                   t, own.unit.head + head) +
                       lane * OWN * kind::element;
            if constexpr (OWN == 4)
                *(uint2 *)to = make_uint2(pairs[0], pairs[1]);
            else
                *(uint32_t *)to = pairs[0];
        }
        return out;
    }

    __device__ __forceinline__ void
    wait_queries(uint32_t t) const
    {
        attention_barrier_wait(own.at(QUERIES) + (t & 1) * 8, t >> 1 & 1);
    }
};

/* Runs all steps in the attending warps. Returns how many steps were completed. */
template <class kind, bool PHASED>
static __device__ __forceinline__ uint32_t attend(const struct cluster &own, bool *left)
{
    const struct attention_run &run = own.run;
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, threads = run.warps * 32;
    const uint32_t heads = own.unit.heads, seq_len = run.data.shape.seq_len;
    const uint32_t expected = own.parts * heads * (kind::dim * 4 + 8) + 4;
    const bool combines = warp < heads;
    /* The leader, which writes stamps, is in the last warp, which has the least to do. */
    const bool leader = threadIdx.x == threads - 32, stamped = run.link.stamped != 0;
    const struct combiner<kind> combiner = {
        own, lane
    };
    struct attention_waits<PHASED> waits;
    uint64_t begin = 0, reported = 0;
    uint32_t slot = 0, round = 0; /* of the step's first row block */
    uint32_t t = 0;
    if (leader)
        begin = reported = gpu_report_first(run.link, blockIdx.x);
    if (combines)
        combiner.wait_queries(0);
    for (uint32_t head = warp; head < heads; head += run.warps)
        combiner.make_query({}, head, 0);
    sync_all(threads);
    while (true) {
        uint32_t abort = 0;
        if (threadIdx.x == 0) {
            attention_barrier_arrive(own.at(BEGUN));
            if (own.parts > 1)
                arrive_expecting(own.at(RECEIVED) + (t & 1) * 8, expected);
        }
        if (leader && own.rank == 0)
            abort = gpu_load(run.link.abort);
        const uint32_t count = own.blocks<kind>(t), rows = attention_unit_rows(&own.unit, t);
        const uint32_t busy = count < run.warps ? count : run.warps; /* warps with row blocks */
        if (warp < busy) {
            uint32_t place = slot + warp, phase = round;
            attention_sums<kind> sums;
            sums.begin(own.shared.queries, lane);
            for (uint32_t i = warp; i < count; i += run.warps, place += run.warps) {
                if (place >= own.slots) {
                    place -= own.slots;
                    phase++;
                }
                const uint32_t before = waits.now();
                attention_barrier_wait(own.at(FULL) + place * 8, phase & 1);
                waits.data += waits.now() - before;
                sums.add(own.shared.ring + place * kind::row_block_bytes, own.shared.queries,
                         rows - own.row<kind>(i), lane);
                __syncwarp();
                if (lane == 0)
                    attention_barrier_arrive(own.at(EMPTY) + place * 8);
            }
            sums.leave(own.shared.exchange + warp * run.heads * kind::exchange_stride,
                       own.shared.statistics + warp * kind::columns, heads, lane);
        }
        slot += count;
        if (slot >= own.slots) {
            round += slot / own.slots;
            slot %= own.slots;
        }
        if (leader && own.rank == 0)
            *own.word(own.parts > 1 ? ABORTED : LEAVE + (t & 1) * 4) = abort;
        sync_all(threads);
        if (combines && own.parts > 1) {
            for (uint32_t head = warp; head < heads; head += run.warps)
                combiner.send_sum(combiner.sum_warps(head, busy), head, t);
            if (own.rank == 0 && threadIdx.x < own.parts)
                send(there(own.at(LEAVE) + (t & 1) * 4, threadIdx.x), *own.word(ABORTED),
                     there(own.at(RECEIVED) + (t & 1) * 8, threadIdx.x));
            const uint32_t before = waits.now();
            while (!has_received(own.at(RECEIVED) + (t & 1) * 8, t >> 1 & 1))
                ;
            if (PHASED && threadIdx.x == 0)
                *own.word(WAITED) = waits.now() - before;
        }
        if (combines && t + 1 < seq_len)
            combiner.wait_queries(t + 1);
        for (uint32_t head = warp; head < heads; head += run.warps) {
            const struct attention_own<kind> out = combiner.finish(
                own.parts > 1 ? combiner.sum_parts(head, t) : combiner.sum_warps(head, busy), head,
                t);
            if (t + 1 < seq_len)
                combiner.make_query(out, head, t + 1);
        }
        sync_all(threads);
        *left = *own.word(LEAVE + (t & 1) * 4) != 0;
        if (leader) {
            const uint64_t end = gpu_clock();
            if (stamped && !*left)
                gpu_stamp_row(run.link, blockIdx.x, t, begin, end);
            if (PHASED && !*left) {
                gpu_phase_row(run.link, blockIdx.x, t, waits.data,
                              own.parts > 1 ? *own.word(WAITED) : 0);
                waits = {};
            }
            begin = end;
            if (end - reported > GPU_REPORT_CLOCKS && t + 1 < seq_len && !*left)
                reported = gpu_report_rows(run.link, blockIdx.x, t + 1);
        }
        if (*left)
            break;
        if (++t == seq_len)
            break;
    }
    if (leader)
        *own.word(STOPPED) = 1;
    return t;
}

static __device__ __forceinline__ uint32_t cluster_register(uint32_t which)
{
    uint32_t value;
    if (which == 0)
        asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(value));
    else
        asm("mov.u32 %0, %%cluster_nctarank;" : "=r"(value));
    return value;
}

#endif

template <class kind, bool PHASED>
static __global__ void __launch_bounds__(32 * (ATTENTION_WARPS + ATTENTION_WARPS / 2), 1)
    decode(const __grid_constant__ struct attention_run run,
           const __grid_constant__ struct attention_maps maps)
{
#if HAS_TMA
    const uint32_t rank = cluster_register(0), parts = cluster_register(1);
    const char *piece = (const char *)(run.pieces + attention_find(run).first);
    const struct cluster own = {
        run,
        attention_unpack_piece(attention_load_words(piece), attention_load_words(piece + 16),
                               attention_load_words(piece + 32))
            .unit,
        lay_out<kind>(run, parts),
        rank,
        parts,
        31u - __clz(parts),
        run.warps * run.stages,
    };
    const uint32_t attending = run.warps * 32;
    for (uint32_t i = threadIdx.x; i < own.slots; i += blockDim.x) {
        attention_barrier_begin(own.at(FULL) + i * 8, 32);
        attention_barrier_begin(own.at(EMPTY) + i * 8, 1);
        *own.word(FILLED + i * 4) = 0;
    }
    if (threadIdx.x == 0) {
        attention_barrier_begin(own.at(BEGUN), 1);
        for (uint32_t i = 0; i < 2; i++) {
            attention_barrier_begin(own.at(QUERIES) + i * 8, 32);
            attention_barrier_begin(own.at(RECEIVED) + i * 8, 1);
            *own.word(LEAVE + i * 4) = 0;
        }
        *own.word(STOPPED) = 0;
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    }
    /* Columns without a head stay zero. */
    for (uint32_t i = threadIdx.x; i < kind::columns * kind::query_stride / 4; i += blockDim.x)
        ((uint32_t *)own.shared.queries)[i] = 0;
    attention_order_ring_before_fetch();
    sync_cluster(parts);
    bool left = false;
    uint32_t t = 0;
    if (threadIdx.x < attending) {
        t = attend<kind, PHASED>(own, &left);
    } else {
        struct loader<kind> loader = {
            own, maps
        };
        loader.number = (threadIdx.x - attending) / 32;
        loader.count = (blockDim.x - attending) / 32;
        loader.lane = threadIdx.x % 32;
        loader.run_all();
    }
    __syncwarp();
    sync_cluster(parts);
    if (left) { /* a CTA must not end while the copy engine writes its shared memory */
        for (uint32_t i = threadIdx.x; i < own.slots; i += attending) {
            const uint32_t filled = *own.word(FILLED + i * 4);
            if (filled > 0)
                attention_barrier_wait(own.at(FULL) + i * 8, filled & 1 ^ 1);
        }
        sync_all(attending);
    }
    if (threadIdx.x == attending - 32)
        gpu_report_end(run.link, blockIdx.x, t, run.link.stamped != 0, left);
#endif
}

const void *const attention_cluster_kernels[ATTENTION_KERNELS] = {
#define ROW(TYPE, DIM, COLUMNS) (const void *)decode<attention_kind<TYPE, DIM, COLUMNS>, false>,
    ATTENTION_HALF_TABLE(ROW)
#undef ROW
};

const void *const attention_cluster_phased[ATTENTION_KERNELS] = {
#define ROW(TYPE, DIM, COLUMNS) (const void *)decode<attention_kind<TYPE, DIM, COLUMNS>, true>,
    ATTENTION_HALF_TABLE(ROW)
#undef ROW
};
