#include "attention_programs.h"

#include "../plan/attention_deal.h"

#include <stdlib.h>

/* Divides the units among the programs (plan/attention_deal.h), and copies the resulting tables to
 * device memory, after the counters. */
static bool deal(struct attention_programs *state, struct error *error)
{
    const struct plan *plan = state->plan;
    struct attention_run *run = &state->run;
    char *work = state->lab.work;
    struct attention_deal deal;
    if (!attention_deal_make(&run->data.shape, &state->lab.units, plan->programs, plan->splits,
                             &deal))
        return error_set(error, ERROR_RUN, "no memory for the plan of %u K/V heads", run->units);
    run->counters = (uint32_t *)(void *)(work + attention_partial_bytes(plan));
    run->places = (void *)(work + attention_places_offset(plan));
    run->pieces = (void *)(work + attention_pieces_offset(plan));
    run->slots = deal.slots;
    cudaStream_t stream = state->lab.lab.stream;
    const bool right = gpu_upload((void *)run->places, deal.places,
                                  deal.programs * sizeof *deal.places, stream, error) &&
                       gpu_upload((void *)run->pieces, deal.pieces,
                                  deal.pieces_count * sizeof *deal.pieces, stream, error);
    attention_deal_free(&deal);
    return right;
}

static bool open_state(struct attention_programs *state, const struct attention_loader *loader,
                       const struct setup *setup, struct error *error)
{
    const struct plan *plan = setup->plan;
    const struct gpu_lab_plan lab_plan = {
        .setup = setup,
        .range_name = loader->name,
        .programs = plan->programs,
        .rows = (uint64_t)plan->used.seq_len,
        .ends = true,
        .phases = true,
    };
    if (!gpu_plan_holds(plan, setup->device, error) ||
        !attention_open(&state->lab, &lab_plan, error))
        return false;
    state->plan = plan;
    state->arguments[0] = &state->run;
    state->run = attention_run_of(plan);
    state->run.data = state->lab.data;
    state->run.link = state->lab.lab.link;
    state->run.partials = state->lab.work;
    if (deal(state, error))
        return true;
    attention_close(&state->lab);
    return false;
}

void *attention_programs_prepare(const struct attention_loader *loader, size_t state_bytes,
                                 const struct setup *setup, struct error *error)
{
    struct attention_programs *state = state_alloc(state_bytes, loader->name, error);
    if (state && open_state(state, loader, setup, error))
        return state;
    free(state);
    return NULL;
}

void attention_programs_release(void *state)
{
    struct attention_programs *programs = state;
    attention_close(&programs->lab);
    free(state);
}

void attention_programs_describe(const void *state, struct facts *facts)
{
    const struct attention_programs *programs = state;
    *facts = (struct facts){
        .programs = programs->run.programs,
        .launches_per_iteration = 1,
        .stamp_error_ns = gpu_clock_error(),
    };
}

bool attention_programs_submit(void *state, enum look look, struct error *error)
{
    struct attention_programs *programs = state;
    struct gpu_lab *lab = &programs->lab.lab;
    struct attention_run *run = &programs->run;
    cudaError_t status = cudaSuccess;
    if (lab->aborting) { /* an aborted iteration leaves wrong counters */
        run->round = 0;
        status = cudaMemsetAsync(run->counters, 0,
                                 (size_t)run->units * ATTENTION_SHARED_LINES * sizeof(uint32_t),
                                 lab->stream);
    }
    gpu_lab_begin(lab, look);
    run->link = lab->link;
    if (status == cudaSuccess)
        status =
            gpu_plan_launch(programs->plan, gpu_lab_look(lab), programs->arguments, lab->stream);
    run->round += run->data.shape.seq_len;
    return gpu_lab_launched(lab, status, "cudaLaunchKernelExC", error);
}
