/*
 * workload_attention.c - the workload `attention`. attention.h has its formulas and shapes,
 * attention_reference.h the right answer. Part b * NUM_HEADS + h is query head h of sequence b:
 * [SEQ_LEN][HEAD_DIM].
 */
#include "attention.h"
#include "attention_reference.h"
#include "workload_dot.h"

#include <stdio.h>

static uint32_t parts(const struct knobs *knobs)
{
    return (uint32_t)(knobs->batch * knobs->num_heads);
}

/* DTYPE is also the output's type, so the tolerance depends on it. */
static struct workload_part part_of(const struct knobs *knobs, uint32_t part)
{
    static const double tolerances[] = {
        [DTYPE_BF16] = 5e-3, [DTYPE_FP16] = 2e-3, [DTYPE_FP32] = 1e-5};
    (void)part;
    return (struct workload_part){.rows = (uint32_t)knobs->seq_len,
                                  .columns = (uint32_t)knobs->head_dim,
                                  .tolerance = tolerances[knobs->dtype]};
}

static void name_part(const struct knobs *knobs, uint32_t part, char *name, size_t size)
{
    const uint32_t heads = (uint32_t)knobs->num_heads;
    snprintf(name, size, "sequence %u, head %u", part / heads, part % heads);
}

/* The query heads that share a K/V head. */
static uint32_t siblings(const struct knobs *knobs)
{
    return (uint32_t)(knobs->num_heads / knobs->kv_heads);
}

static uint64_t memory_bytes(const struct knobs *knobs)
{
    const struct attention_shape shape = attention_shape_of(knobs);
    return attention_tensor_bytes(&shape);
}

/* Without COLD, all steps read the same copy of the cache. */
static bool rereads(const struct knobs *knobs)
{
    return !knobs->cold;
}

const struct workload workload_attention = {
    .name = "attention",
    .knobs = WORKLOAD_DOT_KNOBS | KNOB_BIT(CONTEXT) | KNOB_BIT(NUM_HEADS) | KNOB_BIT(KV_HEADS) |
             KNOB_BIT(DTYPE) | KNOB_BIT(COLD) | KNOB_BIT(COPIES) | KNOB_BIT(PAGE_SIZE) |
             KNOB_BIT(CONTEXT_SPREAD),
    .part_noun = "head",
    .parts = parts,
    .part = part_of,
    .name_part = name_part,
    .siblings = siblings,
    .reference = attention_reference,
    .compare = workload_compare_steps,
    .verify_bytes = WORKLOAD_DOT_VERIFY_BYTES,
    .verify_ns = WORKLOAD_DOT_VERIFY_NS,
    .step_bytes = attention_step_bytes,
    .step_flops = attention_step_flops,
    .memory_bytes = memory_bytes,
    .rereads = rereads,
    .dependent_step_ns = workload_dot_dependent_step_ns,
};
