/*
 * baseline_persistent_decode - one kernel launch per token: what decoding costs if the host starts
 * each step.
 *
 * The kernel computes one step of every sequence and ends. Launches in a stream run one after
 * another, so each launch acts as a barrier. A step of 8 x 64 takes a few hundred nanoseconds on
 * the GPU, but a launch takes microseconds on the host. So this rung measures the host: the GPU
 * waits for it after each step.
 *
 * In the histogram: one peak, far to the right of every later rung. Nearly all of a step is the gap
 * between kernels.
 *
 * Predicted: 3.6 to 4 us per step, the time of one launch, and 128 us per iteration. Measured
 * (H100, 8x32x64): 3.4 to 3.9 us per step, 98 to 132 us per iteration, varying from run to run with
 * the host. Learned: the kernel runs for only 0.45 us of a step. The tail, 14 us at p99, comes from
 * the host too.
 */
#include "cuda.h"
#include "per_token.h"

#include <stdlib.h>

#define LAUNCHES_AT_ONCE 256u /* launches between two checks of `stop` */

struct state {
    struct gpu_lab lab;
    struct per_token run;
    uint32_t submitted; /* steps of this iteration */
};

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    return per_token_plan(knobs, device, 0, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "baseline_persistent_decode", error);
    if (state && per_token_open(&state->lab, setup, "decode_baseline", error))
        return state;
    free(state);
    return NULL;
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    *facts = (struct facts){
        .programs = state->lab.programs,
        .launches_per_iteration = state->lab.dot.seq_len,
        .stamp_error_ns = gpu_clock_error(),
    };
}

static bool launch_more(struct state *state, struct error *error)
{
    for (uint32_t i = 0; i < LAUNCHES_AT_ONCE && state->submitted < state->lab.dot.seq_len; i++) {
        const cudaError_t status =
            per_token_launch(&state->run, state->submitted++, false, state->lab.stream);
        if (!gpu_lab_launched(&state->lab, status, "cudaLaunchKernelExC", error))
            return false;
    }
    return true;
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    gpu_lab_begin(&state->lab, look);
    state->run = (struct per_token){.dot = state->lab.dot, .link = state->lab.link};
    state->submitted = 0;
    return launch_more(state, error);
}

static enum poll_state poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error)
{
    struct state *state = argument;
    if (state->submitted < state->lab.dot.seq_len) {
        if (gpu_lab_cuts(&state->lab))
            return gpu_lab_cut(&state->lab, wait_ns, batch, error);
        if (!launch_more(state, error))
            return POLL_FAILED;
        gpu_lab_collect(&state->lab, batch);
        return POLL_RUNNING;
    }
    return gpu_lab_poll(&state->lab, wait_ns, batch, error);
}

const struct variant_ops baseline_persistent_decode_ops = {
    .plan = plan,
    .prepare = prepare,
    .release = gpu_lab_release,
    .describe = describe,
    .submit = submit,
    .poll = poll,
    GPU_DOT_OUTPUT,
};
