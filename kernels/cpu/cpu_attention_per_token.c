/*
 * cpu_attention_per_token - the baseline of attention: one launch per token.
 *
 * The host wakes the thread pool for each step. Each thread takes whole K/V heads of sequences: it
 * appends the new row, reads all rows once for all query heads of the group, and stores the output.
 * A step of attention moves megabytes, so the launch, which is nearly all of a step of `dot`, is a
 * small share here. The cost is load imbalance: the number of (sequence, K/V head) pairs is rarely
 * a multiple of THREADS.
 *
 * In the histogram: busy is nearly all of the latency; the gap is the same as in cpu_per_token.
 * Change BATCH and KV_HEADS: with one pair more than a multiple of THREADS, a step takes a whole
 * round longer, in which the other threads idle. Predicted and measured: see
 * cpu_attention_persistent.c.
 */
#include "cpu.h"
#include "lab_attention.h"

#include <stdlib.h>

/* ---- the step ------------------------------------------------------------------------------- */

static void run_step(void *argument, uint32_t program)
{
    struct lab_attention *lab = argument;
    const uint32_t t = lab->cpu.launch;
    const struct lab_cpu_share share = lab_cpu_share_of(&lab->cpu, program, lab->units);
    const struct attend_sums *sums = &lab->slots[program];
    uint64_t begin_ns = 0, end_ns = 0;
    if (share.first < share.last) {
        begin_ns = lab_cpu_now(&lab->cpu);
        for (uint32_t unit = share.first; unit < share.last; unit++) {
            lab_attention_append(lab, unit, t);
            lab_attention_read(lab, program, unit, t, 0, lab_attention_rows_read(lab, unit, t),
                               sums);
            lab_attention_store(lab, unit, t, sums, 1);
        }
        end_ns = lab_cpu_now(&lab->cpu);
    }
    lab_cpu_stamp(&lab->cpu, program, t, begin_ns, end_ns);
    lab_cpu_publish(&lab->cpu, program, t + 1);
}

/* ---- the host ------------------------------------------------------------------------------- */

/* SPIN_NS `auto` becomes 0: this baseline exists to show the wake-up. */
static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    lab_attention_plan(knobs, device, 0, plan);
    return lab_attention_fits(&plan->used, plan->programs, 0, device, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct lab_attention *lab = state_alloc(sizeof *lab, "cpu_attention_per_token", error);
    if (lab && lab_attention_open(lab, setup, (uint32_t)setup->plan->used.threads, 0, error)) {
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
    .poison = lab_attention_poison,
    .count_nan = lab_attention_count_nan,
    .output = lab_attention_output,
};

const struct variant cpu_attention_per_token = {
    .name = "cpu_attention_per_token",
    .file = "cpu/cpu_attention_per_token.c",
    .target = "attention_decode",
    .workload = &workload_attention,
    .backend = BACKEND_CPU,
    .rung = 1,
    .title = "The thread pool is woken per token; a task per K/V head",
    .why =
        "The number of (sequence, K/V head) pairs is rarely a multiple of the number of threads, "
        "so some threads idle in the last round.",
    .knobs = LAB_ATTENTION_KNOBS,
    .ops = &ops,
};
