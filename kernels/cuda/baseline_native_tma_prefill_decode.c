/*
 * baseline_native_tma_prefill_decode - the schedule of baseline_tma_prefill_decode, with the
 * hardware copy engine of compute capability 9.0.
 *
 * cp.async.bulk.tensor moves tiles from memory to shared memory and back (prefill_native.cu). The
 * engine moves a chunk of 64 KiB in a microsecond. But each copy needs its own launch, a second
 * kernel reads the whole chunk again to compute on it, and every token waits for the host. So the
 * engine is idle most of the time.
 *
 * On the timeline: the same staircase as with the simulated copy, with narrower steps.
 *
 * Predicted: 48 launches of 3.6 to 4 us, 170 to 200 us. Measured (H100, at the defaults): 191 to
 * 214 us depending on the host, of which the prefill takes 68 us: its copies reach 15 GB/s.
 */
#include "cuda.h"
#include "prefill_decode.h"

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    (void)capacity;
    return prefill_sequence_plan(&prefill_native, knobs, device, plan, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    return prefill_sequence_prepare(&prefill_native, setup, error);
}

const struct variant_ops baseline_native_tma_prefill_decode_ops = {
    .plan = plan,
    .prepare = prepare,
    PREFILL_SEQUENCE,
};
