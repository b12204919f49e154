/*
 * attention_cluster.cu - the steps of attention with one cluster of CTAs per unit
 * (attention_run.h). The SMs of a cluster can access each other's shared memory. So everything that
 * a step needs from the previous step stays in shared memory. No partial sum, counter or query goes
 * through L2, where it would queue behind the loads of rows.
 *
 * Row block i of a unit belongs to CTA i mod `parts` for the whole iteration. In each CTA, the load
 * warps (attention_cluster.cuh) load row blocks into a ring, and the other warps process them:
 *
 *     load    When step t begins, the load warps request the queries and row blocks of step t + 1.
 *             Then they append the row of step t. The same warps write and read appended rows, so
 *             only the two newest rows of a step come from new K and V.
 *     attend  Each warp sums over its row blocks.
 *     combine One warp per head adds the warps' sums and sends the result to every CTA of the
 *             cluster. Each CTA adds up the results of all CTAs, computes the next step's
 *             query, and stores its share of the heads' outputs.
 *
 * Results between CTAs are double-buffered by step. Two buffers suffice. A CTA sends for step t + 2
 * only after it has received everything for step t + 1. Every CTA sent that after it had read
 * everything for step t.
 */
#include "attention_cluster.cuh"

#if HAS_TMA

/* ---- attend and combine --------------------------------------------------------------------- */

/* A lane's DIM / 32 elements of a head's sum. */
template <class kind> struct head_sum {
    static constexpr int OWN = kind::dim / 32, AT_ONCE = 8;
    float out[OWN];
    float most, weight;

    /* Adds `count` sums. `from` points to the lane's elements of the first sum. */
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

    /* Returns a head's sum over the CTA's warps. */
    __device__ __forceinline__ struct head_sum<kind> sum_warps(uint32_t head,
                                                               uint32_t warps) const {
        const uint32_t heads = own.run.heads;
        struct head_sum<kind> sum;
        sum.add_up(own.shared.exchange + head * kind::exchange_stride + lane * OWN,
                   heads *kind::exchange_stride, own.shared.statistics + head, kind::columns,
                   warps);
        return sum;
    }

    /* Returns a head's sum over the CTAs of the cluster. */
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

    /* Computes the query of step t from q and from the previous step's output, if there is a
     * previous step. */
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

    /* Stores a head's output of step t, and returns it. */
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
    uint32_t slot = 0, round = 0; /* ring slot of the step's first row block; how often the ring has
                                     wrapped around */
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
    /* Columns beyond the last head stay zero. */
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
    if (left) { /* a CTA must not end while the copy engine writes to its shared memory */
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
    ATTENTION_HALF_TABLE(ATTENTION_DECODE)};

const void *const attention_cluster_phased[ATTENTION_KERNELS] = {
    ATTENTION_HALF_TABLE(ATTENTION_DECODE_PHASED)};
