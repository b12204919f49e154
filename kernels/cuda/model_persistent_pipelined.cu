/*
 * model_persistent_pipelined - one launch like model_persistent, but weights stream through shared
 * memory, and the stream does not stop at the end of a phase.
 *
 * Each program has one more warpgroup. Only one of its threads works, the loader. It requests the
 * program's weights by bulk copies, in the order in which the phases need them, into a ring of
 * stages. The next phases' weights arrive while the compute warps wait for activations or compute
 * attention.
 *
 * Phases do not end with a barrier. A barrier costs a fence, an arrival, a poll and the read of the
 * data, each of which is a round trip to L2. Instead, each word of activations initially contains a
 * NaN that no arithmetic produces. A reader polls the words that it needs until none of them is
 * this NaN. This takes one round trip, and no program waits for data that it does not read. Every
 * layer has two sets of words, for even and for odd steps. A program that writes a word also writes
 * the NaN to the same word of the other set, for the next step. The argmax needs a barrier at the
 * end of each step anyway, and this barrier orders these writes.
 *
 * The ring needs enough stages to supply weights during the waits. But only a few stages may be in
 * flight (LOADS_IN_FLIGHT), because activations and polls queue behind the loads.
 *
 * H200, bf16, BATCH 1, CONTEXT 128, us per step; L: Llama-3.2-1B, Q: Qwen3-0.6B. Predicted from the
 * bytes at 4675 GB/s: L 529, Q 255. Measured: L 633, Q 524 (model_fused_graph_pdl: L 749, Q 652).
 * Measurements during development. Each version still had the faults that were found later:
 *
 *   - A barrier after each phase instead of words: L 887.
 *   - 16 warps with 96 registers per thread, which spill: L 912. 8 warps with 168 registers: L 816.
 *     Spills cost more here than elsewhere, because the ring leaves little room for L1. Another
 *     version took Q 693 while attention spilled 80 registers, and Q 532 after the loader's
 *     warpgroup gave its registers to the compute warps.
 *   - Tiles in the layout of an operand, so that no values have to move between registers: L 740.
 *   - LOADS_IN_FLIGHT 2: L 779, 3: L 731, 6: L 755. In a later version with shorter waits: 681, 643
 *     and 666.
 *   - One split of attention instead of four: L 703 instead of 746, because combining splits is one
 *     more wait.
 *   - A thread that polls its words one after the other waits a round trip for each, even if all
 *     have been written: L 702, Q 693. All missing words in one poll: L 656, Q 612.
 *   - Attention that is not inlined gets its arguments through memory. Inlined: L 643, Q 556.
 *   - Prefetching weights for which the ring has no room into L2: L 674 instead of 643. Prefetches
 *     take bandwidth from weights that are needed sooner.
 *   - Polling for the next phase's words as soon as a warp is free: L 646 instead of 642. Such
 *     polls delay the words that other programs write.
 *   - All threads arrive at `empty`, instead of one lane per warp after a __syncwarp: L 630 instead
 *     of 634, Q 514 instead of 522.
 *   - Kernels for three ranges of batches: L 707 instead of 750 at BATCH 2, 806 instead of 845 at
 *     BATCH 4. At BATCH 8, this rung takes 980, model_fused_graph_pdl only 926. Probable reasons:
 *     the activations leave room for only five stages, and a thread polls 16 values at once.
 *
 * What limits Q is the chain of five phases per layer. A layer takes some 16 us, but reading its
 * weights takes only 7. In each phase, a store, a poll and the prologue take about 1.5 us before
 * the first multiplication.
 */
#include "cuda.h"
#include "gpu_model.h"
#include "model_program.cuh"

#if HAS_TMA
/* ---- mbarriers ------------------------------------------------------------------------------ */

static __device__ __forceinline__ uint32_t address_of(const void *shared)
{
    return (uint32_t)__cvta_generic_to_shared(shared);
}

static __device__ __forceinline__ void barrier_init(uint32_t barrier, uint32_t arrivals)
{
    asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

static __device__ __forceinline__ void barrier_arrive(uint32_t barrier)
{
    asm volatile("{\n\t"
                 ".reg .b64 state;\n\t"
                 "mbarrier.arrive.shared.b64 state, [%0];\n\t"
                 "}" ::"r"(barrier)
                 : "memory");
}

static __device__ __forceinline__ bool barrier_try(uint32_t barrier, uint32_t parity)
{
    uint32_t over;
    asm volatile("{\n\t"
                 ".reg .pred over;\n\t"
                 "mbarrier.try_wait.parity.shared.b64 over, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, over;\n\t"
                 "}"
                 : "=r"(over)
                 : "r"(barrier), "r"(parity)
                 : "memory");
    return over != 0;
}

/* Arrives at `barrier` and announces the bytes of `count` groups. of_block: bytes from the first
 * group to the end of its row block. */
static __device__ __forceinline__ void barrier_expect(uint32_t barrier, uint32_t count,
                                                      uint32_t of_block, uint32_t block_bytes)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t own = of_block < MODEL_GROUP_BYTES ? of_block : MODEL_GROUP_BYTES;
        bytes += own;
        of_block = of_block == own ? block_bytes : of_block - own;
    }
    asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
                 : "memory");
}

/* Requests a copy of `bytes` bytes from global to shared memory. They count at `barrier` when they
 * arrive. Weights are read once per token, so L2 need not keep them. */
static __device__ __forceinline__ void bulk_load(uint32_t to, const void *from, uint32_t bytes,
                                                 uint32_t barrier)
{
    asm volatile("{\n\t"
                 ".reg .b64 policy;\n\t"
                 "createpolicy.fractional.L2::evict_first.b64 policy, 1.0;\n\t"
                 "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint "
                 "[%0], [%1], %2, [%3], policy;\n\t"
                 "}" ::"r"(to),
                 "l"(from), "r"(bytes), "r"(barrier)
                 : "memory");
}

/* ---- the ring ------------------------------------------------------------------------------- */

/* Stage n of the program's stream of weights is in slot n mod stages. A slot has two mbarriers:
 * `full` completes when the slot's bytes have arrived, `empty` when all compute threads have read
 * them. */
struct ring {
    uint32_t stages, stage_bytes;
    char *slots;
    uint32_t full, empty; /* shared addresses of the first slot's mbarriers */

    __device__ __forceinline__ ring(const struct model_run &run, char *memory)
        : stages(run.stages), stage_bytes(run.stage_bytes), slots(memory),
          full(address_of(memory + run.stages * run.stage_bytes)), empty(full + 8 * run.stages)
    {
    }
};

/* A source for model_matrix: delivers a warp's tiles of the groups in the ring, in order. */
template <bool PHASED> struct ring_source {
    uint32_t stages, groups; /* groups: per stage */
    uint32_t full, empty, slots;
    uint32_t slot, parity; /* of the current stage */
    uint32_t group;        /* index of the next group in the stage */
    uint32_t left;         /* groups left in the phase */
    uint32_t waited;       /* cycles that this thread waited for stages */

    __device__ __forceinline__ ring_source(const struct ring &ring)
        : stages(ring.stages), groups(ring.stage_bytes / MODEL_GROUP_BYTES), full(ring.full),
          empty(ring.empty), slots(address_of(ring.slots) + threadIdx.x / 32 * MODEL_TILE_BYTES +
                                   threadIdx.x % 32 * 16),
          slot(0), parity(0), group(0), left(0), waited(0)
    {
    }
    __device__ __forceinline__ void take(uint4 weights[MODEL_PER_WARP], uint32_t further)
    {
        uint32_t own_slot = slot, own_parity = parity, own_group = group + further;
        if (own_group == groups) {
            own_group = 0;
            if (++own_slot == stages) {
                own_slot = 0;
                own_parity ^= 1;
            }
        }
        if (own_group == 0) {
            const uint32_t before = PHASED ? gpu_clock_low() : 0;
            while (!barrier_try(full + 8 * own_slot, own_parity))
                ;
            if (PHASED)
                waited += gpu_clock_low() - before;
        }
        const uint32_t at = slots + (own_slot * groups + own_group) * MODEL_GROUP_BYTES;
#pragma unroll
        for (uint32_t i = 0; i < MODEL_PER_WARP; i++)
            weights[i] = model_load_shared(at + i * (MODEL_WARPS * MODEL_TILE_BYTES));
    }
    __device__ __forceinline__ void taken()
    {
        left--;
        if (++group < groups && left > 0)
            return;
        barrier_arrive(empty + 8 * slot);
        group = 0;
        if (++slot == stages) {
            slot = 0;
            parity ^= 1;
        }
    }
    __device__ __forceinline__ void end()
    {
    }
};

template <bool PHASED> struct ring_weights {
    struct ring_source<PHASED> source;
    uint32_t *leaving; /* not 0: the loader stops */

    __device__ __forceinline__ void begin(const struct gpu_model &m, uint32_t phase, uint32_t,
                                          const struct model_share &share)
    {
        source.left = share.count * model_groups(model_columns_of(&m, phase));
    }
    __device__ __forceinline__ uint32_t waited()
    {
        const uint32_t waited = source.waited;
        source.waited = 0;
        return waited;
    }
    __device__ __forceinline__ void leave()
    {
        *(volatile uint32_t *)leaving = 1;
    }
};

/* The loader, one thread: requests all stages of all steps. */
struct loader {
    const struct ring &ring;
    const uint32_t *leaving;
    uint32_t most;                 /* stages in flight */
    uint32_t slot, round;          /* of the next stage */
    uint32_t oldest, oldest_round; /* slot and round of the oldest stage in flight */
    uint32_t in_flight;

    __device__ __forceinline__ loader(const struct ring &ring, const uint32_t *leaving,
                                      uint32_t most)
        : ring(ring), leaving(leaving), most(most), slot(0), round(0), oldest(0), oldest_round(0),
          in_flight(0)
    {
    }
    __device__ __forceinline__ bool left() const
    {
        return *(const volatile uint32_t *)leaving != 0;
    }
    /* Waits until the oldest stage in flight has arrived. */
    __device__ __forceinline__ void land()
    {
        while (!barrier_try(ring.full + 8 * oldest, oldest_round & 1))
            ;
        in_flight--;
        if (++oldest == ring.stages) {
            oldest = 0;
            oldest_round++;
        }
    }
    /* Waits until the next stage may be requested. Returns false if the program gives up. */
    __device__ __forceinline__ bool make_room()
    {
        if (in_flight == most)
            land();
        while (round > 0 && !barrier_try(ring.empty + 8 * slot, (round - 1) & 1))
            if (left())
                return false;
        return true;
    }
    /* Requests `blocks` row blocks. Returns false if the program gives up. */
    __device__ __forceinline__ bool load(const uint16_t *tiles, uint32_t columns, uint32_t blocks)
    {
        const uint32_t block_bytes = columns * MODEL_TILE_ROWS * 2;
        const uint32_t per_stage = ring.stage_bytes / MODEL_GROUP_BYTES;
        uint32_t groups = blocks * model_groups(columns), of_block = block_bytes;
        const char *from = (const char *)tiles;
        while (groups > 0) {
            if (!make_room())
                return false;
            const uint32_t count = groups < per_stage ? groups : per_stage;
            const uint32_t barrier = ring.full + 8 * slot;
            uint32_t to = address_of(ring.slots + slot * ring.stage_bytes);
            barrier_expect(barrier, count, of_block, block_bytes);
            for (uint32_t i = 0; i < count; i++, to += MODEL_GROUP_BYTES) {
                const uint32_t bytes = of_block < MODEL_GROUP_BYTES ? of_block : MODEL_GROUP_BYTES;
                bulk_load(to, from, bytes, barrier);
                from += bytes;
                of_block -= bytes;
                if (of_block == 0)
                    of_block = block_bytes;
            }
            groups -= count;
            in_flight++;
            if (++slot == ring.stages) {
                slot = 0;
                round++;
            }
        }
        return true;
    }
};

/* Prefetches into L2 the cache rows that attention will read, except the row of step t. */
static __device__ void prefetch_cache(const struct gpu_model &m, uint32_t layer, uint32_t t,
                                      const struct model_share &share)
{
    const uint32_t row_bytes = m.head_dim * 2, rows = m.context + t + 1;
    for (uint32_t item = share.first; item < share.first + share.count; item++) {
        const uint32_t split = item % m.splits, pair = item / m.splits;
        const uint32_t from = (uint32_t)((uint64_t)rows * split / m.splits);
        const uint32_t to = (uint32_t)((uint64_t)rows * (split + 1) / m.splits);
        const uint32_t bytes = ((to == rows ? to - 1 : to) - from) * row_bytes;
        const uint64_t row = ((uint64_t)layer * m.batch * m.kv_heads + pair) * m.rows + from;
        for (int side = 0; side < 2 && bytes > 0; side++)
            asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(
                             (const char *)m.cache[side] + row * row_bytes),
                         "r"(bytes)
                         : "memory");
    }
}

static __device__ void load_weights(const struct model_run &run, const struct ring &ring,
                                    const uint32_t *leaving)
{
    const struct gpu_model &m = run.model;
    const uint32_t phases = m.layers * MODEL_LAYER_PHASES + 1;
    struct loader loader(ring, leaving, run.loads);
    bool loads = true;
    for (uint32_t t = 0; t < m.seq_len && loads; t++)
        for (uint32_t i = 0; i < phases && loads; i++) {
            const bool last = i + 1 == phases;
            const uint32_t phase = last ? (uint32_t)PHASE_HEAD : i % MODEL_LAYER_PHASES;
            const uint32_t layer = last ? 0 : i / MODEL_LAYER_PHASES;
            const struct model_share share = model_share_of(&m, phase, gridDim.x, blockIdx.x);
            if (phase == PHASE_ATTENTION)
                prefetch_cache(m, layer, t, share);
            else if (share.count > 0)
                loads = loader.load(model_tiles_of(m, phase, layer, share.first),
                                    model_columns_of(&m, phase), share.count);
        }
    /* No copy may arrive after the program's end. */
    while (loader.in_flight > 0)
        loader.land();
}

/* At launch, every thread has the same number of registers. setmaxnreg moves registers between
 * warpgroups: a thread of the loader's warpgroup keeps 24, a thread of the compute warpgroups gets
 * 240. The instruction exists only in code for sm_90a. */
static __device__ __forceinline__ void give_registers()
{
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
    asm volatile("setmaxnreg.dec.sync.aligned.u32 24;");
#endif
}

static __device__ __forceinline__ void take_registers()
{
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
    asm volatile("setmaxnreg.inc.sync.aligned.u32 240;");
#endif
}

#endif

template <int DIM, uint32_t MOST, bool PHASED>
static __global__ void __launch_bounds__(MODEL_THREADS + MODEL_LOADER_THREADS, 1)
    decode(const __grid_constant__ struct model_run run)
{
#if HAS_TMA
    extern __shared__ __align__(128) char memory[];
    const struct model_shared shared = model_share(memory, run.act_bytes, run.model.batch);
    const struct ring ring(run, shared.rest + run.own_bytes);
    uint32_t *leaving = shared.word + 1;
    if (threadIdx.x == 0) {
        *leaving = 0;
        for (uint32_t i = 0; i < ring.stages; i++) {
            barrier_init(ring.full + 8 * i, 1);
            barrier_init(ring.empty + 8 * i, MODEL_THREADS);
        }
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    }
    /* If a row block ends with a partial group, the warps multiply the rest of the group's space by
     * 0. That space must not contain NaN or infinity, so zero the ring. */
    for (uint32_t i = threadIdx.x * 16; i < ring.stages * ring.stage_bytes; i += blockDim.x * 16)
        *(uint4 *)(ring.slots + i) = make_uint4(0, 0, 0, 0);
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    if (threadIdx.x >= MODEL_THREADS) {
        give_registers();
        if (threadIdx.x == MODEL_THREADS)
            load_weights(run, ring, leaving);
        return;
    }
    take_registers();
    struct ring_weights<PHASED> weights = {
        ring_source<PHASED>(ring), leaving
    };
    model_iterate<DIM, MOST, PHASED, false>(run, shared, (float *)shared.rest, weights);
#endif
}

/* ---- the host ------------------------------------------------------------------------------- */

static const void *const kernels[MODEL_RANGES][MODEL_DIMS] = MODEL_BY_BATCH_AND_DIM(decode, false);

static const void *const phased[MODEL_RANGES][MODEL_DIMS] = MODEL_BY_BATCH_AND_DIM(decode, true);

static const struct model_kernel kernel = {
    .name = "model_persistent_pipelined",
    .kernels = kernels,
    .phased = phased,
    .persistent = true,
    .ring = true,
    .capability = 90,
};

static bool make_plan(const struct knobs *knobs, const struct device_info *device,
                      const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return model_plan(&kernel, knobs, device, capacity, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    return model_programs_prepare(&kernel, setup, error);
}

extern const struct variant_ops model_persistent_pipelined_ops = {
    .plan = make_plan,
    .prepare = prepare,
    MODEL_PROGRAMS,
};
