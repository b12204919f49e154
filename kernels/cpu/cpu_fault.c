/*
 * cpu_fault - variants that fail on purpose, each in its own way.
 *
 * They test how the lab reacts: it says which variant failed and why, keeps the measurements, and
 * continues with the other variants. These variants are hidden and have no rung.
 *
 *     cpu_fault_hang    makes no progress, and ends when asked to stop
 *     cpu_fault_stuck   makes no progress, and does not stop: it takes its process down
 *     cpu_fault_lost    hits a device error after which no call succeeds
 *     cpu_fault_wrong   computes a wrong output
 *     cpu_fault_nan     outputs a NaN
 */
#include "cpu.h"
#include "lab_dot.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* After this time even cpu_fault_stuck stops, so that nobody has to kill it. */
#define STUCK_NS UINT64_C(60000000000)

#define FACTOR 1.01F /* wrong by this factor */

struct state {
    struct lab_dot lab;
    uint64_t submitted_ns;
};

/* ---- the host ------------------------------------------------------------------------------- */

/* Runs all steps of a program's own sequences, one sequence after the other, with correct
 * arithmetic. */
static void run_program(void *argument, uint32_t program)
{
    struct lab_dot *lab = argument;
    const struct lab_cpu_share share = lab_cpu_share_of(&lab->cpu, program, lab->batch);
    for (uint32_t t = 0; t < lab->cpu.seq_len && !stop_requested(lab->cpu.stop); t++) {
        const uint64_t begin_ns = lab_cpu_now(&lab->cpu);
        if (share.first < share.last)
            lab->step(&lab->tensors, t, share.first, share.last);
        lab_cpu_stamp(&lab->cpu, program, t, begin_ns, lab_cpu_now(&lab->cpu));
        lab_cpu_publish(&lab->cpu, program, t + 1);
    }
}

static bool submit_nothing(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    (void)error;
    lab_cpu_begin(&state->lab.cpu, look);
    state->submitted_ns = clock_now();
    return true;
}

/* Behaves like poll on a device that makes no progress. */
static enum poll_state wait_in_vain(struct state *state, uint64_t wait_ns, bool ends,
                                    struct stamp_batch *batch)
{
    if (ends) {
        lab_cpu_finish(&state->lab.cpu, clock_now(), batch);
        return POLL_DONE;
    }
    struct timespec slice = {.tv_nsec = wait_ns < 1000000000 ? (long)wait_ns : 999999999};
    nanosleep(&slice, NULL);
    lab_cpu_collect(&state->lab.cpu, batch);
    return POLL_RUNNING;
}

static enum poll_state poll_hang(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    struct state *state = argument;
    (void)error;
    return wait_in_vain(state, wait_ns, stop_requested(state->lab.cpu.stop), batch);
}

static enum poll_state poll_stuck(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                  struct error *error)
{
    struct state *state = argument;
    (void)error;
    return wait_in_vain(state, wait_ns, clock_now() - state->submitted_ns >= STUCK_NS, batch);
}

static enum poll_state poll_lost(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    (void)argument;
    (void)wait_ns;
    (void)batch;
    error_set(error, ERROR_LOST,
              "cpuStreamQuery: cpuErrorIllegalAddress, an illegal memory access was encountered "
              "(simulated: this variant fails on purpose)");
    return POLL_FAILED;
}

static enum poll_state poll_wrong(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                  struct error *error)
{
    struct lab_dot *lab = argument;
    enum poll_state result = lab_cpu_poll(lab, wait_ns, batch, error);
    const uint64_t elements = (uint64_t)lab->batch * lab->cpu.seq_len * lab->tensors.head_dim;
    for (uint64_t i = 0; result == POLL_DONE && i < elements; i++)
        lab->tensors.out[i] *= FACTOR;
    return result;
}

static enum poll_state poll_nan(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                struct error *error)
{
    struct lab_dot *lab = argument;
    enum poll_state result = lab_cpu_poll(lab, wait_ns, batch, error);
    if (result == POLL_DONE)
        lab->tensors.out[0] = NAN;
    return result;
}

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    lab_cpu_plan(knobs, device, 0, plan);
    return lab_dot_fits(&plan->used, false, 0, device, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "a variant of the target fault", error);
    if (state && lab_dot_open(&state->lab, setup, false, 0, error)) {
        state->lab.cpu.body = run_program;
        return state;
    }
    free(state);
    return NULL;
}

#define FAULT(NAME, submit_, poll_)                                                                \
    .name = (NAME), .target = "fault", .workload = &workload_dot, .backend = BACKEND_CPU,          \
    .hidden = true, .knobs = LAB_DOT_KNOBS, .ops = &(const struct variant_ops)                     \
    {                                                                                              \
        .plan = plan, .prepare = prepare, .release = lab_cpu_release,                              \
        .describe = lab_cpu_describe, .submit = (submit_), .poll = (poll_), LAB_DOT_OUTPUT         \
    }

const struct variant cpu_fault_hang = {
    FAULT("cpu_fault_hang", submit_nothing, poll_hang),
    .title = "Hangs, and stops when asked to",
    .why = "pdlab stops a variant that makes no progress for two seconds; the other variants still "
           "run.",
};

const struct variant cpu_fault_stuck = {
    FAULT("cpu_fault_stuck", submit_nothing, poll_stuck),
    .title = "Hangs, and does not stop",
    .why = "A variant that does not stop takes its process down, and pdlab continues in a new one.",
};

const struct variant cpu_fault_lost = {
    FAULT("cpu_fault_lost", submit_nothing, poll_lost),
    .title = "Fails as if the device were lost",
    .why =
        "After such an error every device call of the process fails, so pdlab continues in a new "
        "one.",
};

const struct variant cpu_fault_wrong = {
    FAULT("cpu_fault_wrong", lab_cpu_submit, poll_wrong),
    .title = "Writes wrong numbers",
    .why = "Every number is off by 1 %: the variant is timed, but never ranked.",
};

const struct variant cpu_fault_nan = {
    FAULT("cpu_fault_nan", lab_cpu_submit, poll_nan),
    .title = "Writes a NaN",
    .why = "One number is NaN: the variant is timed, but never ranked.",
};
