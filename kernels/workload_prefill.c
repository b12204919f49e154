/*
 * workload_prefill.c - the workload `prefill`: `dot` with a concurrent prefill. The prefill
 * processes PREFILL_CHUNKS chunks of PREFILL_CHUNK_ELEMS floats: dst = src, then dst += src. A
 * variant's count_nan also counts the elements of dst whose value is incorrect. The output is
 * verified as in `dot`.
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
    .has_prefill = true,
    .memory_bytes = memory_bytes,
    WORKLOAD_DOT_MEMBERS,
};
