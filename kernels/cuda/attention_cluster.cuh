/*
 * attention_cluster.cuh - parts of the kernels in which a cluster of CTAs computes one unit of
 * attention: a CTA's shared memory, its barriers, its stores to other CTAs, and its load warps.
 * attention_cluster.cu describes the steps; it contains the code of the other warps and the
 * kernels.
 */
#ifndef KERNELS_CUDA_ATTENTION_CLUSTER_CUH
#define KERNELS_CUDA_ATTENTION_CLUSTER_CUH

#include "attention_bulk.cuh"
#include "attention_program.cuh"

#if HAS_TMA

/* Byte offsets in the block of barriers and words that follows the ring. */
#define FULL     0u    /* [slots], 32 arrivals */
#define EMPTY    512u  /* [slots], 1 arrival */
#define BEGUN    1024u /* phase t completes when step t has begun */
#define QUERIES  1032u /* [2], by step parity: completes when q of the step has arrived */
#define RECEIVED 1048u /* [2], by step parity: completes when all CTAs' results have arrived */
#define LEAVE    1088u /* [2] words from the first CTA, by step parity: whether to exit */
#define STOPPED  1096u /* word: 1 after the attending warps have finished or exited early */
#define WAITED   1100u /* word: cycles that the first warp waited for other CTAs */
#define ABORTED  1104u /* word in the first CTA: the value that it will send to LEAVE */
#define FILLED   1280u /* [slots] words: how many times the slot was filled */
#define BARRIERS 2048u

/* The layout of a CTA's shared memory. attention_cluster_bytes computes its size. */
struct cluster_shared {
    uint32_t ring, barriers;
    char *memory;       /* at `barriers` */
    char *queries;      /* [columns][query_stride bytes]: q', in the stored type */
    char *raw;          /* [2][heads][row_bytes]: q, by step parity */
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
    /* Returns the number of this CTA's row blocks in step t. */
    template <class kind> __device__ __forceinline__ uint32_t blocks(uint32_t t) const
    {
        const uint32_t all = (attention_unit_rows(&unit, t) + kind::rows - 1) / kind::rows;
        return (all + parts - 1 - rank) >> parts_log2;
    }
    /* Returns the number of this CTA's row blocks that contain only rows below `rows`. */
    template <class kind> __device__ __forceinline__ uint32_t complete_blocks(uint32_t rows) const
    {
        return (rows / kind::rows + parts - 1 - rank) >> parts_log2;
    }
    /* Returns the first row of this CTA's i-th row block. */
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

/* Like attention_barrier_over, but also orders data that other CTAs of the cluster sent. */
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

/* Maps the shared address `local` to the same place in the shared memory of CTA `rank` of the
 * cluster. */
static __device__ __forceinline__ uint32_t there(uint32_t local, uint32_t rank)
{
    uint32_t remote;
    asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(local), "r"(rank));
    return remote;
}

/* Stores to another CTA's shared memory. The bytes count at that CTA's barrier when they arrive. */
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

/* Synchronises all attending warps. */
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

/* One load warp. There are several, because a single one would be too slow for a short step: its
 * instructions depend on each other. */
template <class kind> struct loader {
    const struct cluster &own;
    const struct attention_maps &maps;
    uint32_t number = 0, count = 0; /* this load warp's index; the number of load warps */
    uint32_t lane = 0;
    uint32_t slot = 0, round = 0; /* ring slot of the step's first row block; how often the ring has
                                     wrapped around */
    struct attention_new_row<kind> newest = {
    };

    /* Returns false if the attending warps have finished or exited early. */
    __device__ __forceinline__ bool wait(uint32_t barrier, uint32_t parity) const
    {
        while (!attention_barrier_over(barrier, parity))
            if (*own.word(STOPPED) != 0)
                return false;
        return true;
    }

    /* Synchronises the load warps. After this, all load warps see the rows that any of them
     * appended. */
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
        /* A later step may fetch the row block that this row completes, so a fence is needed then.
         * A fence in every step would cost up to a microsecond, because it waits for all stores. */
        if ((own.unit.context + t + 1) % kind::rows == 0)
            attention_order_rows_before_fetch();
    }

    /* Requests the row blocks first, first + apart, ... below `end` by the copy engine. Returns
     * false if the attending warps have finished or exited early. */
    __device__ __forceinline__ bool fetch(const struct attention_source &source, uint32_t first,
                                          uint32_t end, uint32_t apart)
    {
        uint32_t place = slot + first, phase = round, i = first, row = own.row<kind>(first);
        uint32_t page = i < end ? attention_page(own.run.data, source.b, row) : 0;
        bool stopped = false;
        /* Orders the copies below after two kinds of earlier accesses to the ring: writes by
         * cp.async, up to two row blocks of the previous step, and reads by the attending warps. */
        attention_order_ring_before_fetch();
        while (i < end && !stopped) {
            while (place >= own.slots) {
                place -= own.slots;
                phase++;
            }
            /* Polls once per iteration, so that lanes whose slots are free do not wait for the
             * others. */
            if (!attention_barrier_over(own.at(EMPTY) + place * 8, phase & 1 ^ 1)) {
                stopped = *own.word(STOPPED) != 0;
                continue;
            }
            if (i + 2 >= own.slots)
                attention_order_ring_before_fetch();
            *own.word(FILLED + place * 4) = phase + 1;
            attention_fetch_row_block<kind>(
                maps, own.shared.ring + place * kind::row_block_bytes,
                (uint32_t)(attention_cached<kind>(own.run.data, source, page, row) /
                           kind::row_bytes),
                own.at(FULL) + place * 8);
            i += apart;
            row = own.row<kind>(i);
            place += apart;
            if (i < end)
                page = attention_page(own.run.data, source.b, row);
        }
        return !stopped;
    }

    /* Requests this warp's share of the CTA's row blocks. Up to four lanes request the row blocks
     * that are completely in the cache: the instructions of a request depend on each other, and a
     * single lane was too slow for small row blocks. Then all lanes copy the remaining row blocks,
     * which contain the newest rows. */
    __device__ __forceinline__ bool load_rows(uint32_t t)
    {
        const struct attention_run &run = own.run;
        const struct attention_source source = attention_source_of<kind>(run.data, own.unit, t, 1);
        const uint32_t all = own.blocks<kind>(t);
        const uint32_t complete = min(all, own.complete_blocks<kind>(source.settled));
        /* Within a step, a slot must always belong to the same lane: a lane that is ahead could not
         * distinguish the phases of another lane's slot. */
        const uint32_t slots = own.slots / count; /* per load warp */
        const uint32_t lanes = slots % 4 == 0 ? 4 : slots % 2 == 0 ? 2 : 1;
        bool right = true;
        if (lane < lanes)
            right = fetch(source, number + lane * count, complete, lanes * count);
        right = __all_sync(0xFFFFFFFF, right);
        const uint32_t skipped = complete > number ? (complete - number + count - 1) / count : 0;
        uint32_t i = number + skipped * count, place = slot + i, phase = round;
        for (; i < all && right; i += count, place += count) {
            while (place >= own.slots) {
                place -= own.slots;
                phase++;
            }
            right = __all_sync(0xFFFFFFFF, wait(own.at(EMPTY) + place * 8, phase & 1 ^ 1));
            if (!right)
                break;
            if (lane == 0)
                *own.word(FILLED + place * 4) = phase + 1;
            const uint32_t row = own.row<kind>(i);
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

#endif

#endif
