/*
 * optimized_native_tma_prefill_decode - the burst of optimized_tma_prefill_decode with the hardware
 * copy engine, and with the computation inside the copy kernel.
 *
 * With STAGES tiles in shared memory, a chunk needs only one kernel. While the CTA computes on one
 * tile in place, the engine fetches the next tiles and stores the previous one, so dst is written
 * only once. A tile waits only for its own copy. The burst and the decode still share memory
 * bandwidth and SMs. A shaped burst leaves some SMs free for the decode.
 *
 * On the timeline: two copies at a time, below a decode that does not wait for them. Compare the
 * decode's steps without and with the prefill. Then remove the cap (MAX_IN_FLIGHT 0).
 *
 * Predicted: 24 us if the decode is one persistent node, because the burst of 512 KiB hides behind
 * 15 us of decode; 50 us if the decode is 32 nodes. Measured (H100): 23.0 to 25.2 us, or 20 us with
 * four streams; 54 us with 32 nodes, or 40 us with PDL. Learned, from a burst of 2 GiB beside a
 * decode of 4,096 steps:
 *   - Unshaped, the burst copies at 2,930 GB/s, 97 % of the driver's copy, and the steps' p99 is
 *     1.39 us instead of 0.36. With 5 of 8 streams allowed, it copies at 2,740 GB/s, and the p99 is
 *     0.40 us. Steps wait because their requests queue at the memory, not because their CTAs wait
 *     for SMs.
 *   - More copies in flight are not faster: with 8 of 8 streams, the bandwidth is lower than with 6
 *     of 8.
 *   - A persistent decode is hardly slower beside the burst, because it requests its rows long
 *     before it needs them. A decode with one kernel per token is much slower: its p99 is 1.76 us
 *     alone, 5.6 us beside the capped burst, 14 us beside an unshaped burst, and 42 us beside a
 *     single launch that occupies all SMs.
 *   - TILE_ELEMS and STAGES have a similar effect: with tiles of 2,048 elements and two streams,
 *     the p99 is 0.39 us at 2,650 GB/s.
 */
#include "cuda.h"
#include "prefill_decode.h"

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    return prefill_burst_plan(&prefill_native, knobs, device, capacity, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    return prefill_burst_prepare(&prefill_native, setup, error);
}

const struct variant_ops optimized_native_tma_prefill_decode_ops = {
    .plan = plan,
    .prepare = prepare,
    PREFILL_BURST,
};
