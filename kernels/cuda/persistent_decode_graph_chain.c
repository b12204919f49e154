/*
 * persistent_decode_graph_chain - the per-token kernels, captured once as a CUDA graph and
 * replayed.
 *
 * The launches are the same as in the baseline, but the host captures them once and then only
 * replays them. The GPU goes from one node to the next without the host. The knob PDL makes the
 * edges programmatic: a node starts while the previous node still runs, loads its rows of q, k and
 * v, and waits only when it needs the previous token. A decode of more than MAX_CAPTURE_SEQ steps
 * replays one piece several times. A node's parameters are fixed, so nodes add their step to a word
 * in device memory, which the piece's last node increments.
 *
 * In the histogram: a step takes as long as a node, about a microsecond, instead of as long as a
 * launch. The tail that the host caused is gone. With PDL a step takes a third less. Each kernel's
 * start and end remain.
 *
 * Predicted: 42 us per iteration, 31 with PDL, because an empty node costs 1.1 and 0.8 us. Measured
 * (H100, 8x32x64): 46.4, and 38.4 with PDL. An empty node costs 0.94 and 0.67 us there, and this
 * kernel takes 0.4 us more. Learned: those 0.4 us are latency: the kernel loads its rows from
 * memory, executes five shuffles, and stores its output. PDL hides the loads. CTAs of 4 warps start
 * and end 0.07 us faster than CTAs of 8 warps.
 */
#include "cuda.h"
#include "gpu_graph.h"
#include "per_token.h"

#include <stdlib.h>

struct state {
    struct gpu_lab lab;
    struct per_token run;
    struct graph_plan plan;
    struct gpu_graph graphs[2]; /* without and with stamps */
    struct gpu_replays replays;
};

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    plan->used.max_capture_seq = graph_capture_most(knobs);
    if (knobs->pdl && device->capability < 90)
        return error_set(error, ERROR_UNSUPPORTED,
                         "PDL on needs compute capability 9.0; this device has %u.%u",
                         device->capability / 10, device->capability % 10);
    return per_token_plan(knobs, device, 0, plan, error);
}

/* ---- capture -------------------------------------------------------------------------------- */

static cudaError_t record(void *argument, cudaStream_t stream)
{
    const struct state *state = argument;
    cudaError_t status = cudaSuccess;
    for (uint32_t t = 0; t < state->plan.steps && status == cudaSuccess; t++)
        status = per_token_launch(&state->run, t, t > 0 && state->lab.knobs->pdl, stream);
    if (status == cudaSuccess && state->run.base)
        status = per_token_advance(&state->run, state->plan.steps, stream);
    return status;
}

static bool capture(struct state *state, bool stamped, struct error *error)
{
    const struct gpu_recording recording = {
        .record = record,
        .context = state,
        .shape = (uint64_t)state->lab.knobs->pdl,
    };
    state->run.link.stamped = stamped;
    return gpu_graph_open(&state->graphs[stamped], stamped ? GPU_GRAPH_CHAIN : GPU_GRAPH_CHAIN_BARE,
                          &recording, state->lab.stream, error);
}

/* ---- preparation ---------------------------------------------------------------------------- */

static void close_state(struct state *state)
{
    gpu_replays_close(&state->replays);
    for (int i = 0; i < 2; i++)
        gpu_graph_close(&state->graphs[i]);
    gpu_lab_close(&state->lab);
}

static bool open_state(struct state *state, const struct setup *setup, struct error *error)
{
    if (!per_token_open(&state->lab, setup, "decode_graph_chain", error))
        return false;
    state->plan = graph_plan_chain(&setup->plan->used);
    state->run = (struct per_token){.dot = state->lab.dot, .link = state->lab.link};
    if (state->plan.pieces > 1)
        state->run.base = &state->lab.control->step;
    if (capture(state, false, error) && (state->lab.room == 0 || capture(state, true, error)) &&
        gpu_replays_open(&state->replays, &state->plan, error))
        return true;
    close_state(state);
    return false;
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "persistent_decode_graph_chain", error);
    if (state && open_state(state, setup, error))
        return state;
    free(state);
    return NULL;
}

static void release(void *argument)
{
    close_state(argument);
    free(argument);
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    const struct gpu_graph *graph = &state->graphs[state->lab.room > 0];
    *facts = (struct facts){
        .programs = state->lab.programs,
        .launches_per_iteration = state->plan.pieces,
        .graph_nodes = state->plan.pieces * graph->nodes,
        .stamp_error_ns = gpu_clock_error(),
    };
    gpu_graph_describe(graph, &facts->graph);
    gpu_replays_describe(&state->replays, &facts->graph);
}

/* ---- an iteration --------------------------------------------------------------------------- */

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    gpu_lab_begin(&state->lab, look);
    return gpu_replays_begin(&state->replays, &state->lab, state->graphs[state->lab.stamped].exec,
                             error);
}

static enum poll_state poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error)
{
    struct state *state = argument;
    return gpu_replays_poll(&state->replays, &state->lab, wait_ns, batch, error);
}

const struct variant_ops persistent_decode_graph_chain_ops = {
    .plan = plan,
    .prepare = prepare,
    .release = release,
    .describe = describe,
    .submit = submit,
    .poll = poll,
    GPU_DOT_OUTPUT,
};
