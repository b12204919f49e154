/*
 * lab_prefill.h - a prefill before or beside a decode, on the CPU: PREFILL_CHUNKS chunks, each
 * copied (dst = src) and then computed (dst += src). The decode is another, complete variant. The
 * prefill's state contains the decode's state, and forwards all calls that do not concern the
 * prefill.
 *
 * A copy is a memcpy that takes at least COPY_DELAY_NS, to simulate a copy engine. Threads draw
 * chunks by ticket. The chunk of ticket i waits until i + 1 - MAX_IN_FLIGHT copies are done, so at
 * most MAX_IN_FLIGHT are in flight. Computing a chunk delays only the later copies of the same
 * thread.
 */
#pragma once

#include "../lab.h"

/* The knobs that the prefill reads. */
#define LAB_PREFILL_KNOBS                                                                          \
    (KNOB_BIT(PREFILL_CHUNKS) | KNOB_BIT(PREFILL_CHUNK_ELEMS) | KNOB_BIT(PREFILL_SOURCE) |         \
     KNOB_BIT(COPY_DELAY_NS))

/* How a variant runs prefill and decode. */
struct lab_prefill_shape {
    const struct variant *decode;
    uint32_t threads;     /* copy threads */
    uint32_t most_copies; /* most copies in flight; 0: one per thread */
    bool beside;          /* the decode runs beside the prefill instead of after it */
};

/* Plans the decode, with additional memory for the chunks. */
bool lab_prefill_plan(const struct variant *decode, const struct knobs *knobs,
                      const struct device_info *device, struct plan *plan, struct error *error);
void *lab_prefill_prepare(const struct lab_prefill_shape *shape, const struct setup *setup,
                          struct error *error);

/* Members of struct variant_ops. */
void lab_prefill_release(void *argument);
void lab_prefill_describe(const void *argument, struct facts *facts);
bool lab_prefill_submit(void *argument, enum look look, struct error *error);
bool lab_prefill_submit_decode(void *argument, enum look look, struct error *error);
enum poll_state lab_prefill_poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error);
void lab_prefill_poison(void *argument);
uint64_t lab_prefill_count_nan(const void *argument);
void lab_prefill_output(const void *argument, uint32_t part, float *rows);

/* The members that these functions implement. */
#define LAB_PREFILL                                                                                \
    .release = lab_prefill_release, .describe = lab_prefill_describe,                              \
    .submit = lab_prefill_submit, .submit_decode = lab_prefill_submit_decode,                      \
    .poll = lab_prefill_poll, .poison = lab_prefill_poison, .count_nan = lab_prefill_count_nan,    \
    .output = lab_prefill_output
