/*
 * persistent_decode_graphs - Triton's persistent kernel in CUDA graphs: a prefill, then the whole
 * decode as a single node.
 *
 * persistent_decode_graph_chain has one node per token; here a single node decodes all tokens.
 * Steps take as long as in persistent_decode_triton, but the start is faster: replaying a graph of
 * one node takes less time than launching its kernel. The prefill computes the dot product of q and
 * k of every token (prefill.py). It is captured as a separate graph, because prompts arrive at
 * other times than tokens. Both graphs are submitted back to back, and the host waits once. Every
 * second iteration runs without the prefill. These iterations form the decode part, which the
 * ladder compares.
 *
 * With GRAPH_MODE full, one replay runs the whole decode. With piecewise, each replay runs a piece
 * of it, as in an inference engine that captured graphs for only some lengths. Between pieces the
 * kernel saves each program's progress. With pieces, stamps use the GPU's timer, because a program
 * may continue on another SM.
 *
 * In the histogram: the steps are the same as in persistent_decode_triton. Compare iterations with
 * and without the prefill. Compare piecewise with full to see the cost of an extra replay.
 *
 * Predicted: 16 us for the decode alone, 24 in two pieces. Measured (H100, 8x32x64): 14.4 and 17.6.
 * A prefill before the decode adds 2 us, half of the time that the prefill takes alone. Learned:
 * the host sees the end of a replay 2.3 us sooner than the end of a launch. An extra piece costs
 * 3.2 us, the time of a kernel's start and end.
 */
#include "../triton/persistent_triton.h"
#include "cuda.h"
#include "gpu_graph.h"

#include <stdlib.h>

struct state {
    struct persistent_triton triton;
    struct graph_plan plan;
    struct gpu_graph prefill, decode[2]; /* decode: [0] without stamps, [1] with stamps */
    struct gpu_replays replays;
    const struct triton_function *prefill_function;
    float *scores; /* [batch][seq_len], device memory */
};

static uint64_t score_bytes(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->seq_len * sizeof(float);
}

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    plan->used.max_capture_seq = graph_capture_most(knobs);
    return persistent_triton_plan(knobs, device, capacity, score_bytes(knobs), plan, error);
}

/* ---- capture -------------------------------------------------------------------------------- */

static cudaError_t record_prefill(void *argument, cudaStream_t stream)
{
    const struct state *state = argument;
    return triton_launch_prefill(state->prefill_function, &state->triton.lab.dot, state->scores,
                                 stream);
}

static cudaError_t record_decode(void *argument, cudaStream_t stream)
{
    struct state *state = argument;
    return persistent_triton_launch(&state->triton, stream);
}

static bool capture_decode(struct state *state, bool stamped, struct error *error)
{
    const struct gpu_recording recording = {.record = record_decode, .context = state};
    state->triton.lab.link.stamped = stamped;
    return gpu_graph_open(&state->decode[stamped],
                          stamped ? GPU_GRAPH_DECODE : GPU_GRAPH_DECODE_BARE, &recording,
                          state->triton.lab.stream, error);
}

static bool capture(struct state *state, struct error *error)
{
    const struct gpu_recording recording = {.record = record_prefill, .context = state};
    return gpu_graph_open(&state->prefill, GPU_GRAPH_PREFILL, &recording, state->triton.lab.stream,
                          error) &&
           capture_decode(state, false, error) &&
           (state->triton.lab.room == 0 || capture_decode(state, true, error));
}

/* ---- preparation ---------------------------------------------------------------------------- */

static void close_state(struct state *state)
{
    gpu_replays_close(&state->replays);
    gpu_graph_close(&state->prefill);
    for (int i = 0; i < 2; i++)
        gpu_graph_close(&state->decode[i]);
    if (state->scores)
        cudaFree(state->scores);
    persistent_triton_close(&state->triton);
}

static bool open_state(struct state *state, const struct setup *setup, struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    state->plan = graph_plan_decode(knobs);
    state->prefill_function = triton_load(triton_prefill_kernel(knobs), error);
    if (!state->prefill_function ||
        !persistent_triton_open(&state->triton, setup, "decode_graph", state->plan.steps, error))
        return false;
    if (gpu_right(cudaMalloc((void **)&state->scores, score_bytes(knobs)), "cudaMalloc", error) &&
        capture(state, error) && gpu_replays_open(&state->replays, &state->plan, error))
        return true;
    close_state(state);
    return false;
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "persistent_decode_graphs", error);
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
    const struct gpu_graph *decode = &state->decode[state->triton.lab.room > 0];
    *facts = (struct facts){
        .programs = state->triton.lab.programs,
        .launches_per_iteration = 1 + state->plan.pieces,
        .graph_nodes = state->prefill.nodes + state->plan.pieces * decode->nodes,
        .free_running = true,
        .stamp_error_ns = gpu_clock_error(),
    };
    gpu_graph_describe(&state->prefill, &facts->graph);
    gpu_graph_describe(decode, &facts->graph);
    gpu_replays_describe(&state->replays, &facts->graph);
}

/* ---- an iteration --------------------------------------------------------------------------- */

static bool submit_decode(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    struct gpu_lab *lab = &state->triton.lab;
    if (!persistent_triton_ready(&state->triton, error))
        return false;
    gpu_lab_begin(lab, look);
    return gpu_replays_begin(&state->replays, lab, state->decode[lab->stamped].exec, error);
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    const uint64_t range = gpu_range_begin("prefill", state->triton.lab.knobs);
    const cudaError_t status = cudaGraphLaunch(state->prefill.exec, state->triton.lab.stream);
    gpu_range_end(range);
    return gpu_right(status, "cudaGraphLaunch", error) && submit_decode(argument, look, error);
}

static enum poll_state poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error)
{
    struct state *state = argument;
    const enum poll_state polled =
        gpu_replays_poll(&state->replays, &state->triton.lab, wait_ns, batch, error);
    return persistent_triton_judge(&state->triton, polled, batch, error);
}

/* ---- output --------------------------------------------------------------------------------- */

static void poison(void *argument)
{
    struct state *state = argument;
    const struct gpu_lab *lab = &state->triton.lab;
    struct error ignored;
    gpu_dot_poison(argument);
    gpu_fill_nan(state->scores, (uint64_t)lab->dot.batch * lab->dot.seq_len, lab->side, &ignored);
}

static uint64_t count_nan(const void *argument)
{
    const struct state *state = argument;
    return gpu_dot_count_nan(argument) + gpu_dot_count_wrong(&state->triton.lab, state->scores);
}

const struct variant_ops persistent_decode_graphs_ops = {
    .plan = plan,
    .prepare = prepare,
    .release = release,
    .describe = describe,
    .submit = submit,
    .submit_decode = submit_decode,
    .poll = poll,
    .poison = poison,
    .count_nan = count_nan,
    .output = gpu_dot_output,
};
