#include "attention_launches.h"

#include <stdlib.h>

#define LAUNCHES_AT_ONCE 256u /* launches between two checks of `stop` */

/* ---- preparation ---------------------------------------------------------------------------- */

static bool open_state(struct attention_launches *state, const struct attention_stepper *stepper,
                       const struct setup *setup, struct error *error)
{
    const struct plan *plan = setup->plan;
    const struct gpu_lab_plan lab_plan = {
        .setup = setup,
        .range_name = stepper->name,
        .programs = plan->programs,
        .rows = (uint64_t)plan->used.seq_len,
        .timed = true,
    };
    if (!gpu_plan_holds(plan, setup->device, error) ||
        !attention_step_load((enum data_type)plan->used.dtype, error) ||
        !attention_open(&state->lab, &lab_plan, error))
        return false;
    const struct attention_units *units = &state->lab.units;
    state->shared_bytes = plan->shared_bytes;
    state->run = (struct attention_step){
        .data = state->lab.data,
        .link = state->lab.lab.link,
        .partials = state->lab.work,
        .units = units->count,
        .blocks = units->blocks,
        .columns = units->columns,
        .splits = plan->splits,
        .heads = units->heads,
        .partial_floats = attention_partial_floats(&state->lab.data.shape, units),
        .warps = plan->warps,
    };
    return true;
}

void *attention_launches_prepare(const struct attention_stepper *stepper, size_t state_bytes,
                                 const struct setup *setup, struct error *error)
{
    struct attention_launches *state = state_alloc(state_bytes, stepper->name, error);
    if (state && open_state(state, stepper, setup, error))
        return state;
    free(state);
    return NULL;
}

void attention_launches_release(void *state)
{
    struct attention_launches *launches = state;
    attention_close(&launches->lab);
    free(state);
}

void attention_launches_describe(const void *state, struct facts *facts)
{
    const struct attention_launches *launches = state;
    *facts = (struct facts){
        .programs = launches->run.units,
        .launches_per_iteration =
            launches->run.data.shape.seq_len * attention_step_launches(&launches->run),
        .stamp_error_ns = gpu_clock_error(),
    };
}

/* ---- an iteration --------------------------------------------------------------------------- */

static bool launch_more(struct attention_launches *launches, struct error *error)
{
    const uint32_t seq_len = launches->run.data.shape.seq_len;
    for (uint32_t i = 0; i < LAUNCHES_AT_ONCE && launches->submitted < seq_len; i++) {
        const cudaError_t status =
            attention_step_launch(&launches->run, launches->lab.units.kernel, launches->submitted++,
                                  launches->shared_bytes, launches->lab.lab.stream);
        if (!gpu_lab_launched(&launches->lab.lab, status, "cudaLaunchKernelExC", error))
            return false;
    }
    return true;
}

bool attention_launches_submit(void *state, enum look look, struct error *error)
{
    struct attention_launches *launches = state;
    gpu_lab_begin(&launches->lab.lab, look);
    launches->run.link = launches->lab.lab.link;
    launches->submitted = 0;
    return launch_more(launches, error);
}

enum poll_state attention_launches_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                        struct error *error)
{
    struct attention_launches *launches = state;
    struct gpu_lab *lab = &launches->lab.lab;
    if (launches->submitted == launches->run.data.shape.seq_len)
        return gpu_lab_poll(lab, wait_ns, batch, error);
    if (gpu_lab_cuts(lab))
        return gpu_lab_cut(lab, wait_ns, batch, error);
    if (!launch_more(launches, error))
        return POLL_FAILED;
    gpu_lab_collect(lab, batch);
    return POLL_RUNNING;
}
