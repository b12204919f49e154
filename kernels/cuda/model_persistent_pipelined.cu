/*
 * model_persistent_pipelined - the same single launch, but weights stream through shared memory and
 * do not stop at a phase's end.
 *
 * One more warp per program requests the program's weights in the order in which its phases need
 * them, into a ring of stages, by bulk copies. While the other warps wait for a barrier, load
 * activations or compute attention, the next phases' weights arrive. And a program waits only for
 * those whose results it reads: attention for the programs that made its head's Q, K and V, the
 * others for those that had work.
 *
 * The ring must be deep, to cover a barrier, but few of its stages may be outstanding: a barrier's
 * messages queue behind the loads (LOADS_IN_FLIGHT).
 */
#include "cuda.h"
#include "gpu_model.h"
#include "model_program.cuh"

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
    uint32_t over = 0;
#if __CUDA_ARCH__ >= 900
    asm volatile("{\n\t"
                 ".reg .pred over;\n\t"
                 "mbarrier.try_wait.parity.shared.b64 over, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, over;\n\t"
                 "}"
                 : "=r"(over)
                 : "r"(barrier), "r"(parity)
                 : "memory");
#else
    gpu_mark_older();
#endif
    return over != 0;
}

/* Requests `bytes` from global memory into shared memory; they complete `barrier`. Weights are read
 * once per token, so L2 need not keep them. */
static __device__ __forceinline__ void bulk_load(uint32_t to, const void *from, uint32_t bytes,
                                                 uint32_t barrier)
{
#if __CUDA_ARCH__ >= 900
    asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
                 : "memory");
    asm volatile("{\n\t"
                 ".reg .b64 policy;\n\t"
                 "createpolicy.fractional.L2::evict_first.b64 policy, 1.0;\n\t"
                 "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint "
                 "[%0], [%1], %2, [%3], policy;\n\t"
                 "}" ::"r"(to),
                 "l"(from), "r"(bytes), "r"(barrier)
                 : "memory");
#else
    gpu_mark_older();
#endif
}

/* ---- the ring ------------------------------------------------------------------------------- */

/* Stage n of the program's stream of weights is in slot n mod stages. `full` of a slot completes
 * when its bytes are there, `empty` when all warps have read them. */
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

/* A warp's view: the tiles of the stages, in order. */
template <bool PHASED> struct ring_source {
    static constexpr int depth = 4;
    const struct ring &ring_;
    struct model_waits<PHASED> &waits;
    uint32_t slot, parity; /* of the stage that is open, or the next one */
    uint32_t first, tiles; /* tiles of the phase before the open stage; in it, 0: none is open */
    uint32_t all;          /* tiles of the phase */

    __device__ __forceinline__ ring_source(const struct ring &ring,
                                           struct model_waits<PHASED> &waits)
        : ring_(ring), waits(waits), slot(0), parity(0), first(0), tiles(0), all(0)
    {
    }
    __device__ __forceinline__ void open()
    {
        const uint32_t most = ring_.stage_bytes / MODEL_TILE_BYTES;
        tiles = min(all - first, most);
        const uint32_t before = threadIdx.x == 0 ? waits.now() : 0;
        while (!barrier_try(ring_.full + 8 * slot, parity))
            ;
        if (PHASED && threadIdx.x == 0)
            waits.data += waits.now() - before;
    }
    __device__ __forceinline__ void close()
    {
        __syncwarp();
        if (threadIdx.x % 32 == 0)
            barrier_arrive(ring_.empty + 8 * slot);
        first += tiles;
        tiles = 0;
        if (++slot == ring_.stages) {
            slot = 0;
            parity ^= 1;
        }
    }
    __device__ __forceinline__ uint4 take(int, const struct model_walk &walk)
    {
        if (walk.k >= walk.tiles)
            return make_uint4(0, 0, 0, 0);
        const uint32_t tile = walk.at + walk.k;
        if (tiles == 0)
            open();
        while (tile >= first + tiles) {
            close();
            open();
        }
        return *(const uint4 *)(ring_.slots + slot * ring_.stage_bytes +
                                (tile - first) * MODEL_TILE_BYTES + threadIdx.x % 32 * 16);
    }
    __device__ __forceinline__ void end()
    {
        while (first < all) {
            if (tiles == 0)
                open();
            close();
        }
    }
};

template <bool PHASED> struct ring_feed {
    struct ring_source<PHASED> source;
    uint32_t *leaving; /* tells the loader to stop */

    __device__ __forceinline__ void begin(const struct gpu_model &m, const struct model_task &task)
    {
        const struct model_matrix_of matrix(m, task.phase, task.layer, task.first);
        source.first = 0;
        source.all = task.count * (matrix.columns / MODEL_TILE_COLUMNS);
    }
    __device__ __forceinline__ void leave()
    {
        *(volatile uint32_t *)leaving = 1;
    }
};

/* The loader, one thread: requests all stages of all steps. */
static __device__ void load_weights(const struct model_run &run, const struct ring &ring,
                                    const uint32_t *leaving)
{
    const struct gpu_model &m = run.model;
    const struct model_task *tasks = run.tasks + (uint64_t)blockIdx.x * run.phases;
    uint32_t slot = 0, turn = 0;          /* of the next stage */
    uint32_t capped = 0, capped_turn = 0; /* of the stage that must be there before it */
    uint32_t requested = 0, arrived = 0;
    const auto left = [&] { return *(const volatile uint32_t *)leaving != 0; };
    for (uint32_t t = 0; t < m.seq_len; t++) {
        for (uint32_t i = 0; i < run.phases; i++) {
            const struct model_task task = tasks[i];
            if (task.phase == PHASE_ATTENTION || task.count == 0)
                continue;
            const struct model_matrix_of matrix(m, task.phase, task.layer, task.first);
            const char *from = (const char *)matrix.tiles;
            uint64_t bytes = (uint64_t)task.count * MODEL_TILE_ROWS * matrix.columns * 2;
            while (bytes > 0) {
                const uint32_t now = bytes < ring.stage_bytes ? (uint32_t)bytes : ring.stage_bytes;
                if (requested - arrived == run.loads) {
                    while (!barrier_try(ring.full + 8 * capped, capped_turn & 1))
                        ;
                    arrived++;
                    if (++capped == ring.stages) {
                        capped = 0;
                        capped_turn++;
                    }
                }
                while (turn > 0 && !barrier_try(ring.empty + 8 * slot, (turn - 1) & 1))
                    if (left())
                        goto out;
                bulk_load(address_of(ring.slots + slot * ring.stage_bytes), from, now,
                          ring.full + 8 * slot);
                requested++;
                from += now;
                bytes -= now;
                if (++slot == ring.stages) {
                    slot = 0;
                    turn++;
                }
            }
            if (left())
                goto out;
        }
    }
out:
    /* Nothing may arrive after the program's end. */
    for (; arrived < requested; arrived++) {
        while (!barrier_try(ring.full + 8 * capped, capped_turn & 1))
            ;
        if (++capped == ring.stages) {
            capped = 0;
            capped_turn++;
        }
    }
}

template <int DIM, bool PHASED>
static __global__ void __launch_bounds__(MODEL_THREADS + 32, 1)
    decode(const __grid_constant__ struct model_run run)
{
    extern __shared__ __align__(128) char memory[];
    const struct model_shared shared = model_share(memory, run.act_bytes, run.model.batch);
    const struct ring ring(run, shared.rest + run.own_bytes);
    uint32_t *leaving = shared.word + 1;
    if (threadIdx.x == 0) {
        *leaving = 0;
        for (uint32_t i = 0; i < ring.stages; i++) {
            barrier_init(ring.full + 8 * i, 1);
            barrier_init(ring.empty + 8 * i, MODEL_WARPS);
        }
#if __CUDA_ARCH__ >= 900
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
#endif
    }
    __syncthreads();
    if (threadIdx.x >= MODEL_THREADS) {
        if (threadIdx.x == MODEL_THREADS)
            load_weights(run, ring, leaving);
        return;
    }
    struct model_waits<PHASED> waits;
    struct ring_feed<PHASED> feed = {
        {ring, waits}, leaving
    };
    model_iterate<DIM, PHASED>(run, shared, (float *)shared.rest, feed, waits);
}

/* ---- the host ------------------------------------------------------------------------------- */

static const void *const kernels[MODEL_KERNELS] = {
    (const void *)decode<32, false>,
    (const void *)decode<64, false>,
    (const void *)decode<128, false>,
};

static const void *const phased[MODEL_KERNELS] = {
    (const void *)decode<32, true>,
    (const void *)decode<64, true>,
    (const void *)decode<128, true>,
};

static const struct model_kernel kernel = {
    .name = "model_persistent_pipelined",
    .kernels = kernels,
    .phased = phased,
    .persistent = true,
    .ring = true,
    .everybody = false,
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

extern const struct variant model_persistent_pipelined = {
    .name = "model_persistent_pipelined",
    .file = "cuda/model_persistent_pipelined.cu",
    .target = "model_decode",
    .workload = &workload_model,
    .backend = BACKEND_CUDA,
    .hidden = false,
    .rung = 6,
    .after = "model_persistent",
    .title = "Weights stream across phases",
    .why = "A loader warp requests the next phases' weights while the program waits for a barrier, "
           "so the memory never idles.",
    .knobs = MODEL_KNOBS | KNOB_BIT(SPLITS) | KNOB_BIT(PHASES) | KNOB_BIT(WEIGHT_STAGES) |
             KNOB_BIT(STAGE_BYTES) | KNOB_BIT(LOADS_IN_FLIGHT),
    .plan = make_plan,
    .prepare = prepare,
    .release = model_programs_release,
    .describe = model_programs_describe,
    .submit = model_programs_submit,
    .submit_decode = NULL,
    .poll = model_poll,
    .quiesce = NULL,
    .poison = model_poison,
    .count_nan = model_count_nan,
    .output = model_output,
};
