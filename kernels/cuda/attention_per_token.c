/*
 * attention_per_token - the baseline of attention: one launch per step, one CTA per (sequence, K/V
 * head) pair.
 *
 * A CTA reads the rows of its K/V head once for all query heads of the group. Because the softmax
 * is online, the CTA never stores a score. Its warps take turns with blocks of 16 rows, and add
 * their sums at the end. A step moves megabytes, so the launch takes only a small part of a step's
 * time. In `dot` it took nearly all of it. The cost is occupancy: the number of pairs is rarely a
 * multiple of the number of SMs, and often smaller. With BATCH 1 and 8 K/V heads, only 8 of 132 SMs
 * have a CTA that reads.
 *
 * In the histogram: change BATCH. A step's time stays constant until every SM has a CTA, then rises
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

const struct variant_ops attention_per_token_ops = {
    .plan = make_plan,
    .prepare = prepare,
    ATTENTION_LAUNCHED,
};
