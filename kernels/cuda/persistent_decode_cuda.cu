/*
 * persistent_decode_cuda - one launch for all tokens: the programs stay on their SMs and
 * synchronise at a barrier after each step.
 *
 * In the graph rungs the host is no longer in the loop, but every step is still a kernel that
 * starts and ends. Here a step ends with a barrier inside the kernel. STEP_SYNC chooses the
 * barrier: among the warps of one CTA (block), among the CTAs of one cluster (cluster), a counter
 * in memory that all CTAs increment (flag), or the grid barrier of cooperative launches (grid).
 * STEP_SYNC none removes the barrier to show its cost: programs do not wait for each other. Copies
 * of the next steps' rows stay in flight during the barrier (persistent_row.cuh).
 *
 * In the histogram: steps are about ten times as fast as in a graph. Their time depends on the
 * barrier; the rest of a step is only the chain of a dot product. At these sizes, more programs
 * make the barrier slower and gain nothing.
 *
 * Predicted: 0.15 us per step without a barrier, plus the barrier: block 0.04, cluster of 8 CTAs
 * 0.4, flag 0.75, grid 1.1 us. Measured (H100, 8x32x64): 0.12 us per step without a barrier, plus
 * 0.06, 0.20, 0.8 and 1.2 us. An iteration takes 14.3 us with none, 13.6 with block (4 warps), 22.6
 * with cluster, 40 with flag, 54 with grid. Learned:
 *   - Instruction issue limits a single warp. A step took 0.36 us while the warp computed addresses
 *     for every copy. It took 0.13 us after all work that is not on the chain moved into the
 *     latency of the chain's shuffles.
 *   - A cluster's barrier cost 0.5 us with memory ordering and 0.19 us without, because ordering
 *     waits for the step's own stores.
 *   - A few branches between chunks, to code that is rarely executed, cost 0.35 us, as much as
 *     three steps.
 *   - A version loaded the abort word into a register eight steps before its use, but the warp
 *     waited for the word at once, because the load shared a scoreboard with the loads from shared
 *     memory. Fetched by cp.async together with the rows, the word costs nothing: a decode of 4,096
 *     steps takes 571 us instead of 723.
 *   - Half of the remaining time of an iteration is the launch.
 */
#include "cuda.h"
#include "gpu_lab.h"
#include "persistent_dot.cuh"

#include <stdlib.h>

template <int LANES, int TILES, bool PHASED>
static __global__ void decode(const __grid_constant__ struct persistent run)
{
    persistent_iterate<LANES, TILES, PHASED>(run, run.round, run.link.stamped != 0);
}

const void *const persistent_decode_cuda_kernels[PERSISTENT_KERNELS] = {
#define ROW(LANES, TILES) (const void *)decode<LANES, TILES, false>,
    PERSISTENT_TABLE(ROW)
#undef ROW
};

const void *const persistent_decode_cuda_phased[PERSISTENT_KERNELS] = {
#define ROW(LANES, TILES) (const void *)decode<LANES, TILES, true>,
    PERSISTENT_TABLE(ROW)
#undef ROW
};

struct state {
    struct gpu_lab lab;
    struct persistent run;
    const struct plan *plan;
};

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    const struct persistent_needs needs = {persistent_decode_cuda_kernels,
                                           persistent_decode_cuda_phased, 0, false};
    return persistent_plan(&needs, knobs, device, capacity, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state =
        (struct state *)state_alloc(sizeof *state, "persistent_decode_cuda", error);
    if (state &&
        persistent_open(&state->lab, setup, "persistent_decode_cuda", &state->run, error)) {
        state->plan = setup->plan;
        return state;
    }
    free(state);
    return NULL;
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = (const struct state *)argument;
    *facts = {};
    facts->programs = state->plan->programs;
    facts->launches_per_iteration = 1;
    facts->free_running = state->lab.free_running;
    facts->stamp_error_ns = gpu_clock_error();
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = (struct state *)argument;
    void *arguments[] = {&state->run};
    if (state->lab.aborting) /* the abort has reset the barrier's counter */
        state->run.round = 0;
    gpu_lab_begin(&state->lab, look);
    state->run.link = state->lab.link;
    const cudaError_t status = gpu_plan_launch(state->plan, look, arguments, state->lab.stream);
    state->run.round += state->lab.dot.seq_len - 1;
    return gpu_lab_launched(&state->lab, status, "cudaLaunchKernelExC", error);
}

extern const struct variant_ops persistent_decode_cuda_ops = {
    .plan = plan,
    .prepare = prepare,
    .release = gpu_lab_release,
    .describe = describe,
    .submit = submit,
    .poll = gpu_lab_poll,
    GPU_DOT_OUTPUT,
};
