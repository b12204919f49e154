/*
 * attention_per_token - the baseline of attention: a launch a step, a CTA for each K/V head of a
 * sequence.
 *
 * A CTA reads the rows of its K/V head once for all query heads of the group, with an online
 * softmax: no score is ever stored. Its warps take strips of 16 rows in turn, and their sums are
 * added up at the end. A step moves megabytes, so the launch, all of the latency of
 * `dot`, is a small share; what costs is that there are rarely as many K/V heads as SMs, nor a
 * multiple of them: with BATCH 1 eight CTAs read for 132 SMs.
 *
 * In the histogram: turn BATCH. A step's time stands still until every SM has its CTA, then rises
 * in waves.
 */
#include "attention_step.h"
#include "cuda.h"

#include <stdlib.h>

#define WARPS            ATTENTION_WARPS
#define SPLITS           1u
#define LAUNCHES_AT_ONCE 256u /* between two looks at `stop` */

struct state {
    struct attention_lab lab; /* first: gpu_lab_poll takes the state */
    struct attention_step_plan plan;
    struct attention_step run;
    uint32_t submitted; /* steps of this iteration */
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
    attention_resolve(knobs, device);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        error_set(error, ERROR_RUN, "no memory for attention_per_token");
        return NULL;
    }
    if (!attention_step_fit(setup->knobs, setup->device, WARPS, SPLITS, &state->plan, error) ||
        !attention_step_open(&state->lab, setup, "attention_per_token", &state->plan, &state->run,
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

const struct variant attention_per_token = {
    .name = "attention_per_token",
    .file = "cuda/attention_per_token.c",
    .target = "attention_decode",
    .workload = &workload_attention,
    .backend = BACKEND_CUDA,
    .rung = 1,
    .title = "A launch per token, a CTA per K/V head",
    .why = "Whole K/V heads of sequences are rarely as many as there are SMs, and the others idle.",
    .knobs = ATTENTION_KNOBS,
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
