/*
 * persistent_decode_triton - the persistent kernel in Triton: one launch, and a work queue on the
 * device.
 *
 * Instead of one launch per token, the host launches once. A program here is a Triton program: the
 * source describes operations on tiles, and the compiler assigns them to threads and pipelines the
 * loads. Programs draw tickets from a counter until none are left, so any number of programs can
 * process all sequences. QUEUE chooses what a ticket is. If a ticket is a sequence, a program runs
 * the sequence's steps in one loop. If a ticket is a single step, the program first waits for the
 * previous step of that sequence, which any program may run. The kernel is persistent_decode.py,
 * compiled ahead of time by compile.py.
 *
 * The decode is free-running: a program waits only for its own sequence, never for a step of the
 * whole batch. So the histogram shows the steps of each program separately.
 *
 * In the histogram: the microseconds of a launch are gone. With QUEUE=step a step also takes an
 * atomic, a wait and a read of another program's output, so it takes several times as long. With
 * fewer programs than sequences, QUEUE=sequence is the fastest, but it is not a real decode: the
 * last sequence gets its first token after the first sequence has got its last token.
 *
 * Predicted: 20 us. Measured (H100, 8x32x64): 16.1 to 16.7 us per iteration, 0.22 us per step; 122
 * us with QUEUE=step and 3 programs, 1.3 us per ticket. Learned: with Triton's automatic pipelining
 * a step takes at most 1.5 times as long as in the hand-written loop, and at these sizes the launch
 * hides most of that.
 */
#include "../cuda/cuda.h"
#include "persistent_triton.h"

#include <stdlib.h>

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return persistent_triton_plan(knobs, device, capacity, 0, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct persistent_triton *triton =
        state_alloc(sizeof *triton, "persistent_decode_triton", error);
    if (triton && persistent_triton_open(triton, setup, "persistent_decode_triton",
                                         (uint32_t)setup->plan->used.seq_len, error))
        return triton;
    free(triton);
    return NULL;
}

static void release(void *argument)
{
    persistent_triton_close(argument);
    free(argument);
}

static void describe(const void *argument, struct facts *facts)
{
    const struct persistent_triton *triton = argument;
    *facts = (struct facts){
        .programs = triton->lab.programs,
        .launches_per_iteration = 1,
        .free_running = true,
        .stamp_error_ns = gpu_clock_error(),
    };
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct persistent_triton *triton = argument;
    if (!persistent_triton_ready(triton, error))
        return false;
    gpu_lab_begin(&triton->lab, look);
    return gpu_lab_launched(&triton->lab, persistent_triton_launch(triton, triton->lab.stream),
                            "cuLaunchKernelEx", error);
}

static enum poll_state poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error)
{
    const enum poll_state state = gpu_lab_poll(argument, wait_ns, batch, error);
    return persistent_triton_judge(argument, state, batch, error);
}

const struct variant_ops persistent_decode_triton_ops = {
    .plan = plan,
    .prepare = prepare,
    .release = release,
    .describe = describe,
    .submit = submit,
    .poll = poll,
    GPU_DOT_OUTPUT,
};
