/*
 * optimized_tma_prefill_decode - the chunks as a burst over several streams, beside the decode.
 *
 * Two graphs replace the baseline's 48 launches. One holds the chunks: they alternate on
 * PREFILL_STREAMS low-priority streams, with at most MAX_IN_FLIGHT copies in flight, and while one
 * chunk is computed the next is copied. The other is the decode, on a high-priority stream: one
 * persistent node, or one node per token (GRAPH_MODE piecewise). Priority only decides who is next;
 * it does not free an SM. So the shaped burst leaves the decode its SMs. MAX_IN_FLIGHT 0 is
 * unshaped: the burst starts first, on all SMs, with as many copies in flight as there are streams.
 *
 * On the timeline: the decode has no gaps any more, and below it two copies run at a time.
 *
 * Predicted: 8 x 5 / 2 us of copies and one node each, some 28 us, which hide the decode.
 * Measured (H100, at the defaults): 46 to 49 us; 55 with one node per token. Learned: a copy's node
 * takes 4.8 us besides its delay, not the predicted 1 us: for an edge from another branch, a cold
 * read, and its CTAs' counters in memory. Four streams are no faster than two, because the chunks
 * are computed one after another.
 */
#include "cuda.h"
#include "prefill_decode.h"

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return prefill_burst_plan(&prefill_simulated, knobs, device, capacity, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    return prefill_burst_prepare(&prefill_simulated, setup, error);
}

const struct variant_ops optimized_tma_prefill_decode_ops = {
    .plan = plan,
    .prepare = prepare,
    PREFILL_BURST,
};
