/*
 * attention_split_kv_graph - split K/V, captured once as a CUDA graph and replayed.
 *
 * attention_split_kv still submits two launches per step from the host. Here all launches of an
 * iteration are captured once, and one replay submits them. The edges are programmatic: a kernel's
 * CTAs start while the previous kernel ends. They read their first rows of K and V, which do not
 * depend on the previous kernel, and only then wait for it.
 *
 * A node's parameters are fixed at capture. One of them says whether steps are stamped, so there
 * are two graphs, one without stamps and one with.
 *
 * In the histogram: at BATCH 1 half of the launch cost is gone. The other half is the start and the
 * end of each kernel, which a graph does not remove. The facts of a run show how long capture,
 * instantiation and a replay take on the host.
 */
#include "attention_launches.h"
#include "cuda.h"
#include "gpu_graph.h"

struct state {
    struct attention_launches launches; /* must be first: gpu_lab_poll gets the state */
    struct gpu_graph graphs[2]; /* each graph has all steps: [0] without stamps, [1] with stamps */
    struct gpu_replays replays;
};

static const struct attention_stepper stepper = {
    .name = "attention_split_kv_graph",
    .kernels = attention_step_kernels,
    .warps = ATTENTION_SPLIT_WARPS,
    .captured_most = 2048,
};

static bool make_plan(const struct knobs *knobs, const struct device_info *device,
                      const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return attention_plan_steps(&stepper, knobs, device, capacity, plan, error);
}

/* ---- capture -------------------------------------------------------------------------------- */

static cudaError_t record(void *argument, cudaStream_t stream)
{
    const struct attention_launches *launches = argument;
    cudaError_t status = cudaSuccess;
    for (uint32_t t = 0; t < launches->run.data.shape.seq_len && status == cudaSuccess; t++)
        status = attention_step_launch(&launches->run, launches->lab.units.kernel, t,
                                       launches->shared_bytes, stream);
    return status;
}

/* Captures all steps as one graph. The graph's shape contains the kernel, so that CUDA never
 * updates a graph to one with a different kernel. */
static bool capture(struct state *state, bool stamped, struct error *error)
{
    struct attention_step *run = &state->launches.run;
    const struct gpu_recording recording = {
        .record = record,
        .context = &state->launches,
        .shape = (uint64_t)state->launches.lab.units.kernel << 8 | attention_step_launches(run),
    };
    run->link.stamped = stamped;
    return gpu_graph_open(&state->graphs[stamped],
                          stamped ? GPU_GRAPH_ATTENTION : GPU_GRAPH_ATTENTION_BARE, &recording,
                          state->launches.lab.lab.stream, error);
}

/* ---- preparation ---------------------------------------------------------------------------- */

static void release(void *argument)
{
    struct state *state = argument;
    gpu_replays_close(&state->replays);
    for (int i = 0; i < 2; i++)
        gpu_graph_close(&state->graphs[i]);
    attention_launches_release(state);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    const struct graph_plan whole = {.pieces = 1, .steps = (uint32_t)setup->plan->used.seq_len};
    struct state *state = attention_launches_prepare(&stepper, sizeof *state, setup, error);
    if (state == NULL)
        return NULL;
    state->launches.run.together = 1;
    if (capture(state, false, error) &&
        (state->launches.lab.lab.room == 0 || capture(state, true, error)) &&
        gpu_replays_open(&state->replays, &whole, error))
        return state;
    release(state);
    return NULL;
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    const struct gpu_graph *graph = &state->graphs[state->launches.lab.lab.room > 0];
    attention_launches_describe(&state->launches, facts);
    facts->launches_per_iteration = 1;
    facts->graph_nodes = graph->nodes;
    gpu_graph_describe(graph, &facts->graph);
    gpu_replays_describe(&state->replays, &facts->graph);
}

/* ---- an iteration --------------------------------------------------------------------------- */

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    struct gpu_lab *lab = &state->launches.lab.lab;
    gpu_lab_begin(lab, look);
    return gpu_replays_begin(&state->replays, lab, state->graphs[lab->stamped].exec, error);
}

static enum poll_state poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error)
{
    struct state *state = argument;
    return gpu_replays_poll(&state->replays, &state->launches.lab.lab, wait_ns, batch, error);
}

const struct variant_ops attention_split_kv_graph_ops = {
    .plan = make_plan,
    .prepare = prepare,
    .release = release,
    .describe = describe,
    .submit = submit,
    .poll = poll,
    .poison = attention_poison,
    .count_nan = attention_count_nan,
    .output = attention_output,
};
