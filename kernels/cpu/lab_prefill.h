/*
 * lab_prefill.h - a prefill before or beside a decode, on the CPU: PREFILL_CHUNKS chunks, each
 * copied (dst = src) and then computed (dst += src). The decode is another variant's, whole: its
 * state lies in this one, and what is not about the prefill goes on to it.
 *
 * A copy takes COPY_DELAY_NS at least: memcpy stands for an engine that copies by itself. Threads
 * draw chunks by ticket. The chunk of ticket i is not copied before i + 1 - MAX_IN_FLIGHT copies
 * are done, so no more than MAX_IN_FLIGHT are under way; computing a chunk holds up no copy but
 * those that its own thread will make.
 */
#ifndef KERNELS_CPU_LAB_PREFILL_H
#define KERNELS_CPU_LAB_PREFILL_H

#include "../lab.h"

/* What the prefill reads. */
#define LAB_PREFILL_KNOBS                                                                          \
    (KNOB_BIT(PREFILL_CHUNKS) | KNOB_BIT(PREFILL_CHUNK_ELEMS) | KNOB_BIT(PREFILL_SOURCE) |         \
     KNOB_BIT(COPY_DELAY_NS))

/* How a variant runs the two. */
struct lab_prefill_shape {
    const struct variant *decode;
    uint32_t threads;     /* that copy */
    uint32_t most_copies; /* under way at once; 0: as many as there are threads */
    bool beside;          /* the decode runs beside the prefill, else after it */
};

/* Plans the decode, and memory for the chunks beside it. */
bool lab_prefill_plan(const struct variant *decode, const struct knobs *knobs,
                      const struct device_info *device, struct plan *plan, struct error *error);
void *lab_prefill_prepare(const struct lab_prefill_shape *shape, const struct setup *setup,
                          struct error *error);

/* Members of struct variant. */
void lab_prefill_release(void *argument);
void lab_prefill_describe(const void *argument, struct facts *facts);
bool lab_prefill_submit(void *argument, enum look look, struct error *error);
bool lab_prefill_submit_decode(void *argument, enum look look, struct error *error);
enum poll_state lab_prefill_poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error);
void lab_prefill_poison(void *argument);
uint64_t lab_prefill_count_nan(const void *argument);
void lab_prefill_output(const void *argument, uint32_t part, float *rows);

#endif
