/*
 * attention_split_kv, attention_split_kv_graph - a K/V head's rows are split over many CTAs, and a
 * second pass adds up.
 *
 * After attention_per_token, SPLITS CTAs share the rows of a K/V head, each leaves the sums of its
 * own, with its own largest score, and a second kernel brings them to one and divides: the
 * flash-decoding scheme. SPLITS 0 plans as many as leave least of the device idle in the last wave
 * of CTAs. It costs a second launch.
 *
 * The graph takes the host out: all steps are captured once and replayed, with programmatic edges,
 * so that a kernel's CTAs start while the one before ends. What does not depend on it goes first:
 * the first rows of K and V.
 *
 * In the histogram: at BATCH 1 a step falls by an order of magnitude, until launches are what is
 * left; the graph then takes half of that away. Set SPLITS by hand to see the waves.
 */
#include "attention_step.h"
#include "cuda.h"

#include <stdlib.h>

#define WARPS            4u   /* two or three CTAs share an SM */
#define SPLITS           0u   /* the knob */
#define LAUNCHES_AT_ONCE 256u /* between two looks at `stop` */

struct state {
    struct attention_lab lab; /* first: gpu_lab_poll takes the state */
    struct attention_step_plan plan;
    struct attention_step run;
    uint32_t submitted;       /* steps of this iteration */
    cudaGraphExec_t graph[2]; /* of all steps: without stamps and with */
};

static bool supported(const struct knobs *knobs, const struct device_info *device,
                      struct error *error)
{
    struct attention_step_plan plan;
    return attention_step_fit(knobs, device, WARPS, SPLITS, &plan, error) &&
           attention_fits(knobs, plan.units.count, plan.work_bytes, device, error);
}

static void resolve(struct knobs *knobs, const struct device_info *device)
{
    struct attention_step_plan plan;
    struct error ignored;
    attention_resolve(knobs, device);
    if (attention_step_fit(knobs, device, WARPS, SPLITS, &plan, &ignored))
        knobs->splits = plan.splits;
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        error_set(error, ERROR_RUN, "no memory for attention_split_kv");
        return NULL;
    }
    if (!attention_step_fit(setup->knobs, setup->device, WARPS, SPLITS, &state->plan, error) ||
        !attention_step_open(&state->lab, setup, "attention_split_kv", &state->plan, &state->run,
                             error)) {
        free(state);
        return NULL;
    }
    return state;
}

static void release(void *argument)
{
    struct state *state = argument;
    attention_close(&state->lab);
    free(state);
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    *facts = (struct facts){
        .programs = state->run.units,
        .launches_per_iteration =
            state->run.data.shape.seq_len * attention_step_launches(&state->run),
        .stamp_error_ns = gpu_clock_error(),
    };
}

static bool launch_more(struct state *state, struct error *error)
{
    const uint32_t seq_len = state->run.data.shape.seq_len;
    for (uint32_t i = 0; i < LAUNCHES_AT_ONCE && state->submitted < seq_len; i++) {
        const cudaError_t status =
            attention_step_launch(&state->run, state->plan.units.kernel, state->submitted++,
                                  state->plan.shared_bytes, state->lab.lab.stream);
        if (!gpu_lab_launched(&state->lab.lab, status, "cudaLaunchKernelExC", error))
            return false;
    }
    return true;
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    gpu_lab_begin(&state->lab.lab, look);
    state->run.link = state->lab.lab.link;
    state->submitted = 0;
    return launch_more(state, error);
}

static enum poll_state poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error)
{
    struct state *state = argument;
    if (state->submitted < state->run.data.shape.seq_len) {
        if (gpu_lab_cuts(&state->lab.lab))
            return gpu_lab_cut(&state->lab.lab, wait_ns, batch, error);
        if (!launch_more(state, error))
            return POLL_FAILED;
        gpu_lab_collect(&state->lab.lab, batch);
        return POLL_RUNNING;
    }
    return gpu_lab_poll(&state->lab.lab, wait_ns, batch, error);
}

const struct variant attention_split_kv = {
    .name = "attention_split_kv",
    .file = "cuda/attention_split_kv.c",
    .target = "attention_decode",
    .workload = &workload_attention,
    .backend = BACKEND_CUDA,
    .rung = 2,
    .after = "attention_per_token",
    .title = "Split K/V, and a combining pass",
    .why = "Many CTAs share the rows of a K/V head, and a second kernel adds up what they found.",
    .knobs = ATTENTION_KNOBS | KNOB_BIT(SPLITS),
    .supported = supported,
    .resolve = resolve,
    .prepare = prepare,
    .release = release,
    .describe = describe,
    .submit = submit,
    .poll = poll,
    .poison = attention_poison,
    .count_nan = attention_count_nan,
    .output = attention_output,
};

/* ---- the same in a graph --------------------------------------------------------------------- */

#define CAPTURED_MOST 2048 /* steps */

static bool supported_graph(const struct knobs *knobs, const struct device_info *device,
                            struct error *error)
{
    if (device->capability < 90)
        return error_set(error, ERROR_UNSUPPORTED,
                         "programmatic edges need compute capability 9.0; this device has %u.%u",
                         device->capability / 10, device->capability % 10);
    if (knobs->seq_len > CAPTURED_MOST)
        return error_set(error, ERROR_UNSUPPORTED,
                         "attention_split_kv_graph captures at most %d steps", CAPTURED_MOST);
    return supported(knobs, device, error);
}

/* All steps, as one graph. */
static bool capture(struct state *state, bool stamped, struct error *error)
{
    cudaStream_t stream = state->lab.lab.stream;
    cudaGraph_t graph = NULL;
    cudaError_t status = cudaSuccess;
    state->run.link.stamped = stamped;
    if (!gpu_right(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
                   "cudaStreamBeginCapture", error))
        return false;
    for (uint32_t t = 0; status == cudaSuccess && t < state->run.data.shape.seq_len; t++)
        status = attention_step_launch(&state->run, state->plan.units.kernel, t,
                                       state->plan.shared_bytes, stream);
    const cudaError_t ended = cudaStreamEndCapture(stream, &graph);
    const bool right =
        gpu_right(status, "cudaLaunchKernelExC", error) &&
        gpu_right(ended, "cudaStreamEndCapture", error) &&
        gpu_right(cudaGraphInstantiate(&state->graph[stamped], graph, 0), "cudaGraphInstantiate",
                  error) &&
        gpu_right(cudaGraphUpload(state->graph[stamped], stream), "cudaGraphUpload", error) &&
        gpu_right(cudaStreamSynchronize(stream), "cudaStreamSynchronize", error);
    if (graph != NULL)
        cudaGraphDestroy(graph);
    return right;
}

static void release_graph(void *argument)
{
    struct state *state = argument;
    for (int i = 0; i < 2; i++)
        if (state->graph[i] != NULL)
            cudaGraphExecDestroy(state->graph[i]);
    release(state);
}

static void *prepare_graph(const struct setup *setup, struct error *error)
{
    struct state *state = prepare(setup, error);
    if (state == NULL)
        return NULL;
    state->run.together = 1;
    if (!capture(state, false, error) ||
        (state->lab.lab.room > 0 && !capture(state, true, error))) {
        release_graph(state);
        return NULL;
    }
    return state;
}

static void describe_graph(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    describe(state, facts);
    facts->graph_nodes = facts->launches_per_iteration;
    facts->launches_per_iteration = 1;
}

static bool submit_graph(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    gpu_lab_begin(&state->lab.lab, look);
    return gpu_lab_launched(
        &state->lab.lab,
        cudaGraphLaunch(state->graph[state->lab.lab.stamped], state->lab.lab.stream),
        "cudaGraphLaunch", error);
}

const struct variant attention_split_kv_graph = {
    .name = "attention_split_kv_graph",
    .file = "cuda/attention_split_kv.c",
    .target = "attention_decode",
    .workload = &workload_attention,
    .backend = BACKEND_CUDA,
    .rung = 3,
    .after = "attention_split_kv",
    .title = "Split K/V in a graph with programmatic edges",
    .why = "A replay needs no host between steps, and a kernel's CTAs start while the one before "
           "ends.",
    .knobs = ATTENTION_KNOBS | KNOB_BIT(SPLITS),
    .supported = supported_graph,
    .resolve = resolve,
    .prepare = prepare_graph,
    .release = release_graph,
    .describe = describe_graph,
    .submit = submit_graph,
    .poll = gpu_lab_poll,
    .poison = attention_poison,
    .count_nan = attention_count_nan,
    .output = attention_output,
};
