/*
 * cpu_per_token - the baseline: one launch per token.
 *
 * The host wakes a thread pool for each step, waits until all threads are done, and wakes them
 * again for the next step. This is the CPU's version of one kernel launch per token. Waking a
 * sleeping thread costs a futex call, an interrupt to another core, and the scheduler's time. This
 * cost, and that of joining the threads, is paid SEQ_LEN times, for a step that takes well under a
 * microsecond.
 *
 * In the histogram: the gap is nearly all of the latency, and hardly moves with HEAD_DIM. The
 * scheduler causes its tail. If SPIN_NS is higher, the threads no longer fall asleep between steps.
 * A launch then costs one cache line that moves between cores, but the cores spin.
 */
#include "cpu.h"
#include "lab_dot.h"

#include <stdlib.h>

/* ---- the step ------------------------------------------------------------------------------- */

static void run_step(void *argument, uint32_t program)
{
    struct lab_dot *lab = argument;
    const uint32_t t = lab->cpu.launch;
    const struct lab_cpu_share share = lab_cpu_share_of(&lab->cpu, program, lab->batch);
    if (share.first < share.last) {
        const uint64_t begin_ns = lab_cpu_now(&lab->cpu);
        lab->step(&lab->tensors, t, share.first, share.last);
        lab_cpu_stamp(&lab->cpu, program, t, begin_ns, lab_cpu_now(&lab->cpu));
    } else {
        lab_cpu_stamp(&lab->cpu, program, t, 0, 0);
    }
    lab_cpu_publish(&lab->cpu, program, t + 1);
}

/* ---- the host ------------------------------------------------------------------------------- */

/* SPIN_NS `auto` becomes 0: this variant exists to show the wake-up. */
static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    lab_cpu_plan(knobs, device, 0, plan);
    return lab_dot_fits(&plan->used, false, 0, device, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct lab_dot *lab = state_alloc(sizeof *lab, "cpu_per_token", error);
    if (lab && lab_dot_open(lab, setup, false, 0, error)) {
        lab_cpu_launch_often(&lab->cpu, run_step, lab->cpu.seq_len);
        return lab;
    }
    free(lab);
    return NULL;
}

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    .release = lab_cpu_release,
    .describe = lab_cpu_describe,
    .submit = lab_cpu_submit,
    .poll = lab_cpu_poll,
    LAB_DOT_OUTPUT,
};

const struct variant cpu_per_token = {
    .name = "cpu_per_token",
    .file = "cpu/cpu_per_token.c",
    .target = "persistent_decode",
    .workload = &workload_dot,
    .backend = BACKEND_CPU,
    .rung = 1,
    .title = "The thread pool is woken per token",
    .why =
        "Every token pays for waking and joining the threads, however little arithmetic it needs.",
    .knobs = LAB_DOT_KNOBS,
    .ops = &ops,
};
