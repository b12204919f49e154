/*
 * optimized_native_tma_prefill_decode - the burst of optimized_tma_prefill_decode with the real
 * copy engine, which computes on the way.
 *
 * With STAGES tiles in shared memory a chunk needs one kernel: while one tile is computed in
 * place, the engine fetches the next and stores the last, and dst is written once. Nothing waits
 * for a copy but the tile that needs it. What is left between the burst and the decode is what they
 * share: memory, and SMs, which the shaped burst leaves to the decode.
 *
 * On the timeline: copies two high below a decode that does not know of them. Compare the decode's
 * steps alone and under the prefill; then take the cap away (MAX_IN_FLIGHT 0).
 *
 * Predicted: 24 us with a persistent node, as the burst of 512 KiB hides behind 15 us of decode; 50
 * with 32 nodes. Measured (H100): 23.0 to 25.2 us, 20 with four streams; 54 with 32 nodes, 40 with
 * PDL. Learned, of a burst of 2 GiB and a decode of 4,096 steps beside it:
 *   - Unshaped it copies at 2,930 GB/s, 97 % of what the driver's copy does, and the p99 of the
 * steps is 1.39 us in place of 0.36. With 5 of 8 streams let through it copies at 2,740 GB/s, and
 * the p99 is 0.40 us. What steps wait for is memory that has too much to do: a queue of bytes, not
 * of CTAs.
 *   - More under way is not faster: 8 of 8 streams copy less than 6 do.
 *   - A persistent decode can sleep through it, as it sends for its rows long before it needs them.
 * A kernel a token can't: 1.76 us p99 alone, 5.6 at the same cap, 14 unshaped, 42 where a single
 * launch holds all SMs.
 *   - TILE_ELEMS x STAGES is the other knob of the same kind: with tiles of 2,048 in two streams
 * p99 is 0.39 us at 2,650 GB/s.
 */
#include "../workload.h"
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

const struct variant optimized_native_tma_prefill_decode = {
    .name = "optimized_native_tma_prefill_decode",
    .file = "cuda/optimized_native_tma_prefill_decode.c",
    .target = "native_tma_prefill_decode",
    .workload = &workload_prefill,
    .backend = BACKEND_CUDA,
    .rung = 2,
    .after = "baseline_native_tma_prefill_decode",
    .title = "A TMA burst beside the decode graph",
    .why =
        "Tiles are computed while the engine moves others, in one kernel a chunk, and the decode "
        "beside it keeps its SMs.",
    .knobs = PREFILL_BURST_KNOBS | KNOB_BIT(TILE_ELEMS) | KNOB_BIT(STAGES),
    .plan = plan,
    .prepare = prepare,
    .release = prefill_burst_release,
    .describe = prefill_burst_describe,
    .submit = prefill_burst_submit,
    .submit_decode = prefill_burst_submit_decode,
    .poll = prefill_burst_poll,
    .poison = prefill_pair_poison,
    .count_nan = prefill_pair_count_nan,
    .output = gpu_dot_output,
};
