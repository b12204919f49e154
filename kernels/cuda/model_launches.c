#include "model_launches.h"

#include <stdlib.h>

/* How many bytes of weights each CTA prefetches while the previous kernel runs. */
#define AHEAD_BYTES (UINT32_C(128) << 10)

struct launches {
    struct model_lab model; /* must be first: gpu_lab_poll gets a pointer to the state */
    struct model_step step;
    const struct model_stepper *stepper;
    struct gpu_graph graphs[2]; /* each graph has one step: [0] without stamps, [1] with stamps */
    struct gpu_replays replays;
    uint32_t submitted; /* steps of this iteration that are submitted */
};

bool model_launches_plan(const struct model_stepper *stepper, const struct knobs *knobs,
                         const struct device_info *device, const struct capacity *capacity,
                         struct plan *plan, struct error *error)
{
    return model_plan(&stepper->kernel, knobs, device, capacity, plan, error);
}

/* ---- preparation ---------------------------------------------------------------------------- */

static cudaError_t record(void *argument, cudaStream_t stream)
{
    const struct launches *state = argument;
    return state->stepper->launch(&state->step, stream);
}

static bool capture(struct launches *state, bool stamped, struct error *error)
{
    const struct gpu_recording recording = {
        .record = record,
        .context = state,
        .shape = (uint64_t)model_dim_index(state->step.model.head_dim) << 3 |
                 model_batch_range(state->step.model.batch) << 1 | state->stepper->programmatic,
    };
    const enum gpu_graph_slot slot =
        state->stepper->programmatic ? GPU_GRAPH_MODEL_PDL : GPU_GRAPH_MODEL;
    state->step.link.stamped = stamped;
    return gpu_graph_open(&state->graphs[stamped], (enum gpu_graph_slot)(slot + !stamped),
                          &recording, state->model.lab.stream, error);
}

static bool capture_all(struct launches *state, struct error *error)
{
    const struct graph_plan pieces = {.pieces = state->step.model.seq_len, .steps = 1};
    return capture(state, false, error) &&
           (state->model.lab.room == 0 || capture(state, true, error)) &&
           gpu_replays_open(&state->replays, &pieces, error);
}

static void close_state(struct launches *state)
{
    gpu_replays_close(&state->replays);
    for (int i = 0; i < 2; i++)
        gpu_graph_close(&state->graphs[i]);
    model_close(&state->model);
}

static bool open_state(struct launches *state, const struct model_stepper *stepper,
                       const struct setup *setup, struct error *error)
{
    const struct plan *plan = setup->plan;
    const struct gpu_lab_plan lab_plan = {
        .setup = setup,
        .range_name = stepper->kernel.name,
        .programs = 1,
        .rows = (uint64_t)plan->used.seq_len,
        .timed = true,
    };
    if (!model_open(&state->model, &lab_plan, false, error))
        return false;
    state->stepper = stepper;
    state->step = (struct model_step){
        .model = state->model.model,
        .link = state->model.lab.link,
        .ctas = plan->ctas,
        .act_bytes = model_act_bytes(&state->model.shape),
        .shared_bytes = plan->shared_bytes,
        .depth = plan->stages,
        .ahead = stepper->programmatic ? AHEAD_BYTES : 0,
    };
    if (model_step_load(&state->step, error) && (!stepper->captured || capture_all(state, error)))
        return true;
    close_state(state);
    return false;
}

void *model_launches_prepare(const struct model_stepper *stepper, const struct setup *setup,
                             struct error *error)
{
    struct launches *state = state_alloc(sizeof *state, stepper->kernel.name, error);
    if (state && open_state(state, stepper, setup, error))
        return state;
    free(state);
    return NULL;
}

void model_launches_release(void *state)
{
    close_state(state);
    free(state);
}

void model_launches_describe(const void *state, struct facts *facts)
{
    const struct launches *launches = state;
    const struct gpu_model *m = &launches->step.model;
    const struct gpu_graph *graph = &launches->graphs[launches->model.lab.room > 0];
    const bool captured = launches->stepper->captured;
    *facts = (struct facts){
        .programs = 1,
        .launches_per_iteration = m->seq_len * (captured ? 1 : launches->stepper->launches(m)),
        .graph_nodes = captured ? m->seq_len * graph->nodes : 0,
        .stamp_error_ns = gpu_clock_error(),
    };
    if (captured) {
        gpu_graph_describe(graph, &facts->graph);
        gpu_replays_describe(&launches->replays, &facts->graph);
    }
}

/* ---- an iteration --------------------------------------------------------------------------- */

static bool launch_next(struct launches *state, struct error *error)
{
    const cudaError_t status = state->stepper->launch(&state->step, state->model.lab.stream);
    state->submitted++;
    return gpu_lab_launched(&state->model.lab, status, "cudaLaunchKernelExC", error);
}

bool model_launches_submit(void *state, enum look look, struct error *error)
{
    struct launches *launches = state;
    struct gpu_lab *lab = &launches->model.lab;
    gpu_lab_begin(lab, look);
    if (!gpu_lab_launched(lab, model_begin(&launches->model), "cudaMemsetAsync", error))
        return false;
    if (launches->stepper->captured)
        return gpu_replays_begin(&launches->replays, lab, launches->graphs[lab->stamped].exec,
                                 error);
    launches->step.link = lab->link;
    launches->submitted = 0;
    return launch_next(launches, error);
}

enum poll_state model_launches_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                    struct error *error)
{
    struct launches *launches = state;
    struct gpu_lab *lab = &launches->model.lab;
    if (launches->stepper->captured)
        return gpu_replays_poll(&launches->replays, lab, wait_ns, batch, error);
    if (launches->submitted == launches->step.model.seq_len)
        return gpu_lab_poll(lab, wait_ns, batch, error);
    if (gpu_lab_cuts(lab))
        return gpu_lab_cut(lab, wait_ns, batch, error);
    if (!launch_next(launches, error))
        return POLL_FAILED;
    gpu_lab_collect(lab, batch);
    return POLL_RUNNING;
}
