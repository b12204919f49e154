/*
 * attention_launches.h - the host side of the variants of attention that launch kernels for every
 * step (attention_step.h) or capture these launches.
 */
#pragma once

#include "attention_step.h"

__BEGIN_DECLS

/* The state of each of these variants begins with this struct. */
struct attention_launches {
    struct attention_lab lab; /* must be first: gpu_lab_poll gets a pointer to the state */
    struct attention_step run;
    uint32_t shared_bytes; /* per CTA */
    uint32_t submitted;    /* steps of this iteration */
};

/* Prepares the variant that attention_plan_steps planned. Returns a zeroed state of state_bytes
 * bytes that begins with a struct attention_launches. If it fails, returns NULL, *error says why,
 * and there is nothing to release. */
void *attention_launches_prepare(const struct attention_stepper *stepper, size_t state_bytes,
                                 const struct setup *setup, struct error *error);

/* These functions implement members of struct variant_ops. */
void attention_launches_release(void *state);
void attention_launches_describe(const void *state, struct facts *facts);
bool attention_launches_submit(void *state, enum look look, struct error *error);
enum poll_state attention_launches_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                        struct error *error);

/* Initialises all members of a struct variant_ops except plan and prepare. */
#define ATTENTION_LAUNCHED                                                                         \
    .release = attention_launches_release, .describe = attention_launches_describe,                \
    .submit = attention_launches_submit, .poll = attention_launches_poll,                          \
    .poison = attention_poison, .count_nan = attention_count_nan, .output = attention_output

__END_DECLS
