/*
 * cpu_prefill_decode_shaped - the chunks run as a burst on their own threads, beside the decode.
 *
 * PREFILL_STREAMS threads copy at most MAX_IN_FLIGHT chunks at once. Each thread computes the chunk
 * that it copied, while other threads copy. Meanwhile the decode runs as in cpu_persistent. Prefill
 * and decode share cores and memory: more copies in flight finish the prefill sooner, but slow the
 * decode steps beside it. The cap sets this trade-off.
 *
 * On the timeline: copies appear below the steps, stacked as high as the cap. Compare steps without
 * and with the prefill, then remove the cap (MAX_IN_FLIGHT 0).
 */
#include "../workload.h"
#include "cpu.h"
#include "lab_dot.h"
#include "lab_prefill.h"

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    return lab_prefill_plan(&cpu_persistent, knobs, device, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    const struct lab_prefill_shape shape = {
        .decode = &cpu_persistent,
        .threads = (uint32_t)setup->plan->used.prefill_streams,
        .most_copies = (uint32_t)setup->plan->used.max_in_flight,
        .beside = setup->plan->used.overlap != 0,
    };
    return lab_prefill_prepare(&shape, setup, error);
}

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    LAB_PREFILL,
};

const struct variant cpu_prefill_decode_shaped = {
    .name = "cpu_prefill_decode_shaped",
    .file = "cpu/cpu_prefill_decode_shaped.c",
    .target = "tma_prefill_decode",
    .workload = &workload_prefill,
    .backend = BACKEND_CPU,
    .rung = 2,
    .after = "cpu_prefill_decode_baseline",
    .title = "A shaped burst beside persistent threads",
    .why = "Copies overlap each other, the computing and the decode, and a cap on copies in flight "
           "leaves cores for the decode.",
    .knobs = LAB_DOT_KNOBS | LAB_PREFILL_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(STEP_SYNC) |
             KNOB_BIT(QUEUE) | KNOB_BIT(PREFILL_STREAMS) | KNOB_BIT(MAX_IN_FLIGHT) |
             KNOB_BIT(OVERLAP),
    .ops = &ops,
};
