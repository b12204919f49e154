/*
 * workload_dot.h - the knobs and the members of struct workload that `dot` and `prefill` share.
 *
 * dot (fp32, tensors [BATCH, SEQ_LEN, HEAD_DIM]), with a = 1/4 if CHAIN is on, else 0:
 *     q'       = q[b,t] + a * clamp(out[b,t-1], -1, 1)     elementwise; out[b,-1] = 0
 *     out[b,t] = v[b,t] * dot(q', k[b,t])
 *
 * Part b is sequence b: [SEQ_LEN][HEAD_DIM].
 */
#pragma once

#include "workload.h"

__BEGIN_DECLS

#define WORKLOAD_DOT_KNOBS                                                                         \
    (KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(HEAD_DIM) | KNOB_BIT(CHAIN) | KNOB_BIT(SEED))

/* The knobs that every variant of `dot` and `prefill` reads. */
#define DOT_KNOBS (WORKLOAD_DOT_KNOBS | KNOB_BIT(STAMPS) | KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS))

/* The values of verify_bytes and verify_ns in struct workload. */
#define WORKLOAD_DOT_VERIFY_BYTES (UINT64_C(8) << 20)
#define WORKLOAD_DOT_VERIFY_NS    UINT64_C(50000000)

uint32_t workload_dot_parts(const struct knobs *knobs);
struct workload_part workload_dot_part(const struct knobs *knobs, uint32_t part);
void workload_dot_name_part(const struct knobs *knobs, uint32_t part, char *name, size_t size);

/* If the products of a row's dot product cancel, its norm is computed from their sum of squares. */
bool workload_dot_reference(const struct workload_order *order);

/* Per sequence, a step reads a row of q, k and v, and writes a row of out. */
uint64_t workload_dot_step_bytes(const struct knobs *knobs);

/* Per element: a multiply and an add in the dot product and a multiply by v; with CHAIN also a
 * multiply and an add to make q'. */
uint64_t workload_dot_step_flops(const struct knobs *knobs);

/* q, k, v and out. */
uint64_t workload_dot_memory_bytes(const struct knobs *knobs);

/* The measured step of `dot` at HEAD_DIM 64. A larger HEAD_DIM takes longer. */
double workload_dot_dependent_step_ns(const struct ceilings *ceilings);

/* The members of struct workload that are the same in `dot` and `prefill`. */
#define WORKLOAD_DOT_MEMBERS                                                                       \
    .part_noun = "sequence", .parts = workload_dot_parts, .part = workload_dot_part,               \
    .name_part = workload_dot_name_part, .reference = workload_dot_reference,                      \
    .compare = workload_compare_rows, .verify_bytes = WORKLOAD_DOT_VERIFY_BYTES,                   \
    .verify_ns = WORKLOAD_DOT_VERIFY_NS, .step_bytes = workload_dot_step_bytes,                    \
    .step_flops = workload_dot_step_flops, .dependent_step_ns = workload_dot_dependent_step_ns

__END_DECLS
