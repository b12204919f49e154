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
#include "attention_launches.h"
#include "cuda.h"

static const struct attention_stepper stepper = {
    .name = "attention_per_token",
    .kernels = attention_step_kernels,
    .warps = ATTENTION_WARPS,
    .splits = 1,
};

static bool make_plan(const struct knobs *knobs, const struct device_info *device,
                      const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return attention_plan_steps(&stepper, knobs, device, capacity, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    return attention_launches_prepare(&stepper, sizeof(struct attention_launches), setup, error);
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
    .plan = make_plan,
    .prepare = prepare,
    .release = attention_launches_release,
    .describe = attention_launches_describe,
    .submit = attention_launches_submit,
    .poll = attention_launches_poll,
    .poison = attention_poison,
    .count_nan = attention_count_nan,
    .output = attention_output,
};
