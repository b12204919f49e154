/*
 * baseline_native_tma_prefill_decode - the sequence of baseline_tma_prefill_decode with the real
 * copy engine of compute capability 9.0.
 *
 * cp.async.bulk.tensor moves tiles from memory to shared memory and back (prefill_native.cu). The
 * engine moves a chunk of 64 KiB in a microsecond. But each copy is a launch of its own, a second
 * kernel reads the whole chunk again to compute on it, and every token waits for the host. So the
 * engine is idle nearly all the time.
 *
 * On the timeline: the same staircase as with the simulated copy, with narrower steps.
 *
 * Predicted: 48 launches of 3.6 to 4 us, 170 to 200 us. Measured (H100, at the defaults): 191 to
 * 214 us depending on the host, 68 of them for the prefill: 15 GB/s of copies.
 */
#include "../workload.h"
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

const struct variant baseline_native_tma_prefill_decode = {
    .name = "baseline_native_tma_prefill_decode",
    .file = "cuda/baseline_native_tma_prefill_decode.c",
    .target = "native_tma_prefill_decode",
    .workload = &workload_prefill,
    .backend = BACKEND_CUDA,
    .rung = 1,
    .title = "TMA chunks, then tokens, one by one",
    .why = "The copy engine moves a chunk in a microsecond, then waits for the host: with one "
           "launch per chunk it idles nearly all the time.",
    .knobs = PREFILL_SEQUENCE_KNOBS | KNOB_BIT(TILE_ELEMS) | KNOB_BIT(STAGES),
    .plan = plan,
    .prepare = prepare,
    PREFILL_SEQUENCE,
};
