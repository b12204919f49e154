/*
 * workload_prefill.c - the workload `prefill`: `dot` with a concurrent prefill. The prefill
 * processes PREFILL_CHUNKS chunks of PREFILL_CHUNK_ELEMS floats: dst = src, then dst += src. A
 * variant's count_nan counts the wrong elements of dst; everything else is verified as in `dot`.
 */
#include "workload_dot.h"

static uint64_t memory_bytes(const struct knobs *knobs)
{
    return workload_dot_memory_bytes(knobs) + 2 * (uint64_t)knobs->prefill_chunks *
                                                  (uint64_t)knobs->prefill_chunk_elems *
                                                  sizeof(float);
}

const struct workload workload_prefill = {
    .name = "prefill",
    .knobs = WORKLOAD_DOT_KNOBS | KNOB_BIT(PREFILL_CHUNKS) | KNOB_BIT(PREFILL_CHUNK_ELEMS) |
             KNOB_BIT(PREFILL_SOURCE),
    .part_noun = "sequence",
    .has_prefill = true,
    .parts = workload_dot_parts,
    .part = workload_dot_part,
    .name_part = workload_dot_name_part,
    .reference = workload_dot_reference,
    .compare = workload_compare_rows,
    .verify_bytes = WORKLOAD_DOT_VERIFY_BYTES,
    .verify_ns = WORKLOAD_DOT_VERIFY_NS,
    .step_bytes = workload_dot_step_bytes,
    .step_flops = workload_dot_step_flops,
    .memory_bytes = memory_bytes,
    .dependent_step_ns = workload_dot_dependent_step_ns,
};
