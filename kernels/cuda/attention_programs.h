/*
 * attention_programs.h - the host side of the persistent variants of attention: preparation and
 * launch. The variants differ in their loader, which brings K and V to a program's warps.
 * plan/attention_plan.h plans them, and plan/attention_run.h defines which rows a program reads.
 */
#pragma once

#include "gpu_attention.h"

__BEGIN_DECLS

/* The state of each of these variants begins with this struct. */
struct attention_programs {
    struct attention_lab lab; /* must be first: gpu_lab_poll gets a pointer to the state */
    struct attention_run run;
    const struct plan *plan;
    void *arguments[2]; /* the kernel's arguments: &run, then a second one that only some variants
                           have */
};

/* Prepares the variant that attention_plan_persistent planned. Returns a zeroed state of
 * state_bytes bytes that begins with a struct attention_programs. If it fails, returns NULL, *error
 * says why, and there is nothing to release. */
void *attention_programs_prepare(const struct attention_loader *loader, size_t state_bytes,
                                 const struct setup *setup, struct error *error);

/* These functions implement members of struct variant_ops. */
void attention_programs_release(void *state);
void attention_programs_describe(const void *state, struct facts *facts);
bool attention_programs_submit(void *state, enum look look, struct error *error);

/* Initialises all members of a struct variant_ops except plan and prepare. */
#define ATTENTION_PROGRAMS                                                                         \
    .release = attention_programs_release, .describe = attention_programs_describe,                \
    .submit = attention_programs_submit, .poll = gpu_lab_poll, .poison = attention_poison,         \
    .count_nan = attention_count_nan, .output = attention_output

__END_DECLS
