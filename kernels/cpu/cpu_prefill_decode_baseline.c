/*
 * cpu_prefill_decode_baseline - chunk after chunk, then token after token.
 *
 * One thread copies each of a prompt's chunks, then computes it. A copy takes at least
 * COPY_DELAY_NS, like a copy by a copy engine, and nothing else runs meanwhile. After the last
 * chunk is computed, the decode runs as in cpu_per_token: one wake-up of the thread pool per token.
 *
 * On the timeline: one staircase. TTFT is the whole prefill, a wake-up and one step.
 */
#include "../workload.h"
#include "cpu.h"
#include "lab_dot.h"
#include "lab_prefill.h"

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    return lab_prefill_plan(&cpu_per_token, knobs, device, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    const struct lab_prefill_shape shape = {
        .decode = &cpu_per_token,
        .threads = 1,
        .most_copies = 1,
        .beside = false,
    };
    return lab_prefill_prepare(&shape, setup, error);
}

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    LAB_PREFILL,
};

const struct variant cpu_prefill_decode_baseline = {
    .name = "cpu_prefill_decode_baseline",
    .file = "cpu/cpu_prefill_decode_baseline.c",
    .target = "tma_prefill_decode",
    .workload = &workload_prefill,
    .backend = BACKEND_CPU,
    .rung = 1,
    .title = "Chunks, then tokens, one by one",
    .why = "The host waits for every copy and wakes the threads for every token: the first token "
           "comes after the last chunk.",
    .knobs = LAB_DOT_KNOBS | LAB_PREFILL_KNOBS,
    .ops = &ops,
};
