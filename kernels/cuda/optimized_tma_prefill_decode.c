/*
 * optimized_tma_prefill_decode - copies the chunks in a burst over several streams, while the
 * decode runs.
 *
 * Two graphs replace the baseline's 48 launches. One contains the chunks. They alternate on
 * PREFILL_STREAMS low-priority streams, with at most MAX_IN_FLIGHT copies in flight. While one
 * chunk is computed, the next is copied. The other graph is the decode, on a high-priority stream:
 * one persistent node, or one node per token (GRAPH_MODE piecewise). Priority only decides which
 * CTA starts next; it does not free an SM. So a shaped burst leaves as many SMs free as the decode
 * needs. With MAX_IN_FLIGHT 0 the burst is unshaped: it starts before the decode, on all SMs, with
 * as many copies in flight as there are streams.
 *
 * On the timeline: the decode has no gaps, and below it two copies run at a time.
 *
 * Predicted: some 28 us, for 8 x 5 / 2 us of copies plus 1 us per node. The decode hides behind
 * them. Measured (H100, at the defaults): 46 to 49 us; 55 us with one node per token. Learned:
 * besides its delay, a copy's node takes 4.8 us instead of 1 us. The time goes to an edge from
 * another branch, a cold read, and the CTAs' counters in memory. Four streams are no faster than
 * two, because the chunks are computed one after another.
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
