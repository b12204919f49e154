/*
 * prefill_decode.h - variants that run a prefill and a decode in one iteration. Each of the four
 * variants combines a copy engine (prefill_simulated or prefill_native) with a schedule:
 *
 *   sequence: chunk after chunk, then token after token; every kernel is a launch, on one stream
 *   burst:    the chunks are one graph, on low-priority streams; the decode beside it is another
 */
#pragma once

#include "prefill.h"

__BEGIN_DECLS

/* The states of both schedules begin with this struct. */
struct prefill_pair {
    struct gpu_lab lab; /* must be first: gpu_lab_poll gets a pointer to the state */
    struct prefill prefill;
};

/* These functions implement members of struct variant_ops for both schedules (prefill_pair.c). */
void prefill_pair_poison(void *state);
uint64_t prefill_pair_count_nan(const void *state);

/* Call this after a poll that returned `polled`. If the iteration is done, adds the prefill's spans
 * to *batch. Returns `polled`. */
enum poll_state prefill_pair_collect(struct prefill_pair *pair, enum poll_state polled,
                                     struct stamp_batch *batch);

/* ---- one after another (prefill_sequence.c) ------------------------------------------------- */

bool prefill_sequence_plan(const struct prefill_engine *engine, const struct knobs *knobs,
                           const struct device_info *device, struct plan *plan,
                           struct error *error);
void *prefill_sequence_prepare(const struct prefill_engine *engine, const struct setup *setup,
                               struct error *error);

/* These functions implement members of struct variant_ops. */
void prefill_sequence_release(void *argument);
void prefill_sequence_describe(const void *argument, struct facts *facts);
bool prefill_sequence_submit(void *argument, enum look look, struct error *error);
bool prefill_sequence_submit_decode(void *argument, enum look look, struct error *error);
enum poll_state prefill_sequence_poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                      struct error *error);

/* Initialises all members of a struct variant_ops except plan and prepare. */
#define PREFILL_SEQUENCE                                                                           \
    .release = prefill_sequence_release, .describe = prefill_sequence_describe,                    \
    .submit = prefill_sequence_submit, .submit_decode = prefill_sequence_submit_decode,            \
    .poll = prefill_sequence_poll, .poison = prefill_pair_poison,                                  \
    .count_nan = prefill_pair_count_nan, .output = gpu_dot_output

/* ---- a burst beside the decode (prefill_burst.c) -------------------------------------------- */

bool prefill_burst_plan(const struct prefill_engine *engine, const struct knobs *knobs,
                        const struct device_info *device, const struct capacity *capacity,
                        struct plan *plan, struct error *error);
void *prefill_burst_prepare(const struct prefill_engine *engine, const struct setup *setup,
                            struct error *error);

/* These functions implement members of struct variant_ops. */
void prefill_burst_release(void *argument);
void prefill_burst_describe(const void *argument, struct facts *facts);
bool prefill_burst_submit(void *argument, enum look look, struct error *error);
bool prefill_burst_submit_decode(void *argument, enum look look, struct error *error);
enum poll_state prefill_burst_poll(void *argument, uint64_t wait_ns, struct stamp_batch *batch,
                                   struct error *error);

/* Initialises all members of a struct variant_ops except plan and prepare. */
#define PREFILL_BURST                                                                              \
    .release = prefill_burst_release, .describe = prefill_burst_describe,                          \
    .submit = prefill_burst_submit, .submit_decode = prefill_burst_submit_decode,                  \
    .poll = prefill_burst_poll, .poison = prefill_pair_poison,                                     \
    .count_nan = prefill_pair_count_nan, .output = gpu_dot_output

__END_DECLS
