/*
 * attention_programs.h - the host side of the persistent variants of attention: preparation and
 * launch. The variants differ in their loader, which brings K and V to a program's warps.
 * plan/attention_plan.h plans them; plan/attention_run.h says which rows a program reads.
 */
#pragma once

#include "gpu_attention.h"

__BEGIN_DECLS

/* A variant's state begins with this struct. */
struct attention_programs {
    struct attention_lab lab; /* first: gpu_lab_poll takes the state */
    struct attention_run run;
    const struct plan *plan;
    void *arguments[2]; /* the kernel's: &run, then a variant's own argument */
};

/* Carries out a plan of attention_plan_persistent. Returns a zeroed state of state_bytes bytes that
 * begins with a struct attention_programs. NULL: *error says why, and there is nothing to
 * release. */
void *attention_programs_prepare(const struct attention_loader *loader, size_t state_bytes,
                                 const struct setup *setup, struct error *error);

/* Members of struct variant_ops. */
void attention_programs_release(void *state);
void attention_programs_describe(const void *state, struct facts *facts);
bool attention_programs_submit(void *state, enum look look, struct error *error);

/* The members of struct variant_ops except plan and prepare. */
#define ATTENTION_PROGRAMS                                                                         \
    .release = attention_programs_release, .describe = attention_programs_describe,                \
    .submit = attention_programs_submit, .poll = gpu_lab_poll, .poison = attention_poison,         \
    .count_nan = attention_count_nan, .output = attention_output

__END_DECLS
