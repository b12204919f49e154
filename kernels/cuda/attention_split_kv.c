/*
 * attention_split_kv - split a K/V head's rows over many CTAs, and combine them in a second pass.
 *
 * Unlike in attention_per_token, SPLITS CTAs share the rows of a K/V head. Each CTA stores partial
 * sums relative to its own largest score. A second kernel rescales, adds and divides them: the
 * flash-decoding scheme. With SPLITS 0, the plan chooses the number of splits for which the last
 * wave of CTAs leaves the fewest SMs idle. The price is a second launch per step.
 *
 * In the histogram: at BATCH 1 a step takes a tenth of the time, and the launches are nearly all of
 * it. Set SPLITS by hand to see the waves of CTAs.
 */
#include "attention_launches.h"
#include "cuda.h"

static const struct attention_stepper stepper = {
    .name = "attention_split_kv",
    .kernels = attention_step_kernels,
    .warps = ATTENTION_SPLIT_WARPS,
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

const struct variant_ops attention_split_kv_ops = {
    .plan = make_plan,
    .prepare = prepare,
    ATTENTION_LAUNCHED,
};
