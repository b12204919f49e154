#include "gpu_model.h"

#include <stdlib.h>
#include <string.h>

struct programs {
    struct model_lab model; /* must be first: gpu_lab_poll gets a pointer to the state */
    struct model_run run;
    const struct plan *plan;
    void *arguments[1]; /* the kernel's arguments: &run */
};

/* Names the operations of a step, which are its phases. */
static bool name_operations(struct model_lab *lab, uint32_t programs, struct error *error)
{
    static const char *const names[] = {
        [PHASE_QKV] = "QKV",         [PHASE_ATTENTION] = "attention", [PHASE_OUT] = "output",
        [PHASE_GATE_UP] = "gate-up", [PHASE_DOWN] = "down",           [PHASE_HEAD] = "head",
    };
    lab->operation_count = model_phases(&lab->shape);
    lab->operations = calloc(lab->operation_count, sizeof *lab->operations);
    lab->operation_stamps =
        calloc((size_t)programs * lab->operation_count, sizeof *lab->operation_stamps);
    if (lab->operations == NULL || lab->operation_stamps == NULL)
        return error_set(error, ERROR_RUN, "no memory for %u operations", lab->operation_count);
    for (uint32_t i = 0; i < lab->operation_count; i++) {
        struct operation *operation = &lab->operations[i];
        const bool last = i + 1 == lab->operation_count;
        const char *name = names[last ? PHASE_HEAD : i % MODEL_LAYER_PHASES];
        memcpy(operation->name, name, strlen(name) + 1);
        operation->layer = last ? OPERATION_NO_LAYER : i / MODEL_LAYER_PHASES;
    }
    return true;
}

static bool open_state(struct programs *state, const struct model_kernel *kernel,
                       const struct setup *setup, struct error *error)
{
    const struct plan *plan = setup->plan;
    const struct gpu_lab_plan lab_plan = {
        .setup = setup,
        .range_name = kernel->name,
        .programs = plan->programs,
        .rows = (uint64_t)plan->used.seq_len,
        .ends = true,
        .phases = true,
    };
    if (!gpu_plan_holds(plan, setup->device, error) ||
        !model_open(&state->model, &lab_plan, kernel->ring, error))
        return false;
    state->plan = plan;
    state->arguments[0] = &state->run;
    state->run = (struct model_run){
        .model = state->model.model,
        .link = state->model.lab.link,
        .act_bytes = model_act_bytes(&state->model.shape),
        .own_bytes = model_own_bytes(&state->model.shape, plan->programs),
        .stages = plan->stages,
        .stage_bytes = kernel->ring ? (uint32_t)plan->used.stage_bytes : 0,
        .loads = kernel->ring ? (uint32_t)plan->used.loads_in_flight : 0,
    };
    if (!plan->used.phases || name_operations(&state->model, plan->programs, error))
        return true;
    model_close(&state->model);
    return false;
}

void *model_programs_prepare(const struct model_kernel *kernel, const struct setup *setup,
                             struct error *error)
{
    struct programs *state = state_alloc(sizeof *state, kernel->name, error);
    if (state && open_state(state, kernel, setup, error))
        return state;
    free(state);
    return NULL;
}

void model_programs_release(void *state)
{
    struct programs *programs = state;
    model_close(&programs->model);
    free(state);
}

void model_programs_describe(const void *state, struct facts *facts)
{
    const struct programs *programs = state;
    *facts = (struct facts){
        .programs = programs->plan->programs,
        .launches_per_iteration = 1,
        .stamp_error_ns = gpu_clock_error(),
        .operations = programs->model.operations,
        .operation_count = programs->model.operation_count,
    };
}

bool model_programs_submit(void *state, enum look look, struct error *error)
{
    struct programs *programs = state;
    struct model_lab *model = &programs->model;
    struct gpu_lab *lab = &model->lab;
    gpu_lab_begin(lab, look);
    programs->run.link = lab->link;
    programs->run.operations =
        lab->phased ? (void *)(model->memory + model->layout.operations) : NULL;
    cudaError_t status = model_begin(model);
    if (status == cudaSuccess)
        status =
            gpu_plan_launch(programs->plan, gpu_lab_look(lab), programs->arguments, lab->stream);
    return gpu_lab_launched(lab, status, "cudaLaunchKernelExC", error);
}

/* ---- operations ----------------------------------------------------------------------------- */

/* Copies the operations of the last step, and converts them to the lab clock. */
static bool read_operations(struct model_lab *model, struct stamp_batch *batch, struct error *error)
{
    struct gpu_lab *lab = &model->lab;
    const size_t count = (size_t)lab->programs * model->operation_count;
    struct gpu_operation *held = malloc(count * sizeof *held);
    if (held == NULL)
        return error_set(error, ERROR_RUN, "no memory for %zu operations", count);
    const bool right =
        gpu_right(cudaMemcpyAsync(held, model->memory + model->layout.operations,
                                  count * sizeof *held, cudaMemcpyDeviceToHost, lab->side),
                  "cudaMemcpyAsync", error) &&
        gpu_right(cudaStreamSynchronize(lab->side), "cudaStreamSynchronize", error);
    for (size_t i = 0; i < count && right; i++) {
        const struct gpu_standing *standing = &lab->standings[i / model->operation_count];
        model->operation_stamps[i] = (struct operation_stamp){
            .begin_ns = gpu_lab_time(lab, standing, held[i].begin),
            .end_ns = gpu_lab_time(lab, standing, held[i].end),
            .waits = {gpu_standing_ns(standing, held[i].data),
                      gpu_standing_ns(standing, held[i].barrier)},
        };
    }
    free(held);
    if (right)
        batch->operations = model->operation_stamps;
    return right;
}

enum poll_state model_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                           struct error *error)
{
    struct model_lab *model = state;
    struct gpu_lab *lab = &model->lab;
    const bool phased = lab->phased && model->operations;
    const enum poll_state polled = gpu_lab_poll(state, wait_ns, batch, error);
    if (polled != POLL_DONE || !phased || lab->aborting)
        return polled;
    return read_operations(model, batch, error) ? POLL_DONE : POLL_FAILED;
}
