/*
 * baseline_tma_prefill_decode - a prefill and a decode on one stream: chunk after chunk, then token
 * after token.
 *
 * A kernel copies each chunk of a prompt, and a second kernel computes on the copy. A copy takes
 * COPY_DELAY_NS or longer: it simulates an asynchronous engine, so that the lesson runs on any GPU.
 * But nothing here is asynchronous: the stream runs copies, computations and tokens one after the
 * other, in the order in which the host submitted them. The first token comes after the last chunk.
 *
 * On the timeline: one staircase. The time to the first token (TTFT) is the whole prefill plus one
 * step.
 *
 * Predicted: 8 x (5 + 2 x 3.6) + 32 x 3.6 = 210 us. Measured (H100, at the defaults): 192 to 225 us
 * depending on the host, of which the prefill takes 90 us.
 */
#include "cuda.h"
#include "prefill_decode.h"

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    return prefill_sequence_plan(&prefill_simulated, knobs, device, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    return prefill_sequence_prepare(&prefill_simulated, setup, error);
}

const struct variant_ops baseline_tma_prefill_decode_ops = {
    .plan = plan,
    .prepare = prepare,
    PREFILL_SEQUENCE,
};
