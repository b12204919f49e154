/*
 * lab_dot.h - the code that the CPU variants of `dot` share: tensors, the output, and all members
 * of struct variant_ops that do not depend on how the steps run. A variant's state begins with a
 * struct lab_dot, so its struct variant_ops can use the functions here that take a `void *state`
 * directly. lab_cpu.h provides threads and stamps.
 */
#pragma once

#include "../workload_dot.h"
#include "dot.h"
#include "lab_cpu.h"

struct lab_dot {
    struct lab_cpu cpu; /* must be first: a state is also a struct lab_cpu */
    struct dot_tensors tensors;
    dot_step *step; /* the SIMD path in use */
    void *more;     /* [more_bytes] */
    uint64_t seed;
    uint32_t batch;
};

/* The knobs that every CPU variant of `dot` reads. */
#define LAB_DOT_KNOBS (DOT_KNOBS | LAB_CPU_KNOBS)

/* Whether resolved knobs fit in memory: lab_dot's own bytes and the variant's more_bytes. */
bool lab_dot_fits(const struct knobs *knobs, bool free_running, uint64_t more_bytes,
                  const struct device_info *device, struct error *error);

/* Allocates memory, including zeroed more_bytes for the variant, starts the threads and generates
 * the inputs; call lab_cpu_close later. False: *error says why, and there is nothing to close. */
bool lab_dot_open(struct lab_dot *lab, const struct setup *setup, bool free_running,
                  uint64_t more_bytes, struct error *error);

/* Members of struct variant_ops. */
void lab_dot_poison(void *state);
uint64_t lab_dot_count_nan(const void *state);
void lab_dot_output(const void *state, uint32_t b, float *rows);

#define LAB_DOT_OUTPUT                                                                             \
    .poison = lab_dot_poison, .count_nan = lab_dot_count_nan, .output = lab_dot_output
