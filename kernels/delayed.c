/*
 * delayed.c - how small a difference can pdlab detect? Each variant here is a persistent variant
 * whose iterations end COPY_DELAY_NS later, a difference that is known exactly. These variants are
 * hidden, and exist to test verdicts (tests/bench/bench_verdicts.c).
 *
 * Only the end differs from the inner variant: the host spins until the delay is over, and only
 * then reports the iteration as done.
 */
#include "delayed.h"

#include "clock.h"
#include "cpu/cpu.h"
#include "cuda/cuda.h"
#include "workload_dot.h"

#include <stdlib.h>

struct state {
    const struct variant_ops *inner;
    void *of_inner;
    uint64_t delay_ns;
};

static void *prepare(const struct variant_ops *inner, const struct setup *setup,
                     struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "a delayed variant", error);
    if (!state)
        return NULL;
    state->inner = inner;
    state->delay_ns = (uint64_t)setup->plan->used.copy_delay_ns;
    state->of_inner = inner->prepare(setup, error);
    if (state->of_inner)
        return state;
    free(state);
    return NULL;
}

static void release(void *argument)
{
    struct state *state = argument;
    state->inner->release(state->of_inner);
    free(state);
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    state->inner->describe(state->of_inner, facts);
}

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    return state->inner->submit(state->of_inner, look, error);
}

static enum poll_state poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                            struct error *error)
{
    struct state *state = argument;
    const enum poll_state polled = state->inner->poll(state->of_inner, wait_ns, batch, error);
    if (polled == POLL_DONE && state->delay_ns > 0) {
        const uint64_t end_ns = batch->synchronised_ns + state->delay_ns;
        while (clock_now() < end_ns)
            continue;
        batch->synchronised_ns = end_ns;
    }
    return polled;
}

static bool quiesce(void *argument, struct error *error)
{
    struct state *state = argument;
    return !state->inner->quiesce || state->inner->quiesce(state->of_inner, error);
}

static void poison(void *argument)
{
    struct state *state = argument;
    state->inner->poison(state->of_inner);
}

static uint64_t count_nan(const void *argument)
{
    const struct state *state = argument;
    return state->inner->count_nan(state->of_inner);
}

static void output(const void *argument, uint32_t part, float *rows)
{
    const struct state *state = argument;
    state->inner->output(state->of_inner, part, rows);
}

/* Calls that need no state go straight to the inner variant. */
#define DELAYED(NAME, INNER, BACKEND, KNOBS)                                                       \
    static bool NAME##_plan(const struct knobs *knobs, const struct device_info *device,           \
                            const struct capacity *capacity, struct plan *plan,                    \
                            struct error *error)                                                   \
    {                                                                                              \
        return (INNER).ops->plan(knobs, device, capacity, plan, error);                            \
    }                                                                                              \
    static void *NAME##_prepare(const struct setup *setup, struct error *error)                    \
    {                                                                                              \
        return prepare((INNER).ops, setup, error);                                                 \
    }                                                                                              \
    static const struct variant_ops NAME##_ops = {                                                 \
        .plan = NAME##_plan,                                                                       \
        .prepare = NAME##_prepare,                                                                 \
        .release = release,                                                                        \
        .describe = describe,                                                                      \
        .submit = submit,                                                                          \
        .poll = poll,                                                                              \
        .quiesce = quiesce,                                                                        \
        .poison = poison,                                                                          \
        .count_nan = count_nan,                                                                    \
        .output = output,                                                                          \
    };                                                                                             \
    const struct variant NAME = {                                                                  \
        .name = #NAME,                                                                             \
        .file = "delayed.c",                                                                       \
        .target = "delayed",                                                                       \
        .workload = &workload_dot,                                                                 \
        .backend = (BACKEND),                                                                      \
        .hidden = true,                                                                            \
        .title = "Ends COPY_DELAY_NS later",                                                       \
        .why = "The added delay is known exactly, so this variant shows how small a difference "   \
               "pdlab detects.",                                                                   \
        .knobs = (KNOBS) | KNOB_BIT(COPY_DELAY_NS),                                                \
        .ops = &NAME##_ops,                                                                        \
    };

/* The inner variant's knobs are not a constant expression, so they are listed here again. */
DELAYED(cpu_delayed, cpu_persistent, BACKEND_CPU,
        DOT_KNOBS | KNOB_BIT(STEP_SYNC) | KNOB_BIT(THREADS) | KNOB_BIT(SPIN_NS) | KNOB_BIT(QUEUE))
#ifdef PDLAB_CUDA
DELAYED(cuda_delayed, persistent_decode_cuda, BACKEND_CUDA,
        DOT_KNOBS | KNOB_BIT(STEP_SYNC) | KNOB_BIT(NUM_PROGRAMS) | KNOB_BIT(BLOCK_K))
#endif
