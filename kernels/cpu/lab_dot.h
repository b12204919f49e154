/*
 * lab_dot.h - what the CPU variants of `dot` share: tensors, the output, and all of struct variant
 * that does not depend on how the steps are run. A variant's state begins with a struct lab_dot, so
 * the functions that take a `void *state` here go into its const struct as they are. Threads and
 * stamps are those of lab_cpu.h.
 */
#ifndef KERNELS_CPU_LAB_DOT_H
#define KERNELS_CPU_LAB_DOT_H

#include "../workload.h"
#include "dot.h"
#include "lab_cpu.h"

struct lab_dot {
    struct lab_cpu cpu; /* first: lab_cpu_poll takes the state */
    struct dot_tensors tensors;
    dot_step *step; /* the SIMD path that runs */
    uint64_t seed;
    uint32_t batch;
};

/* What every CPU variant of `dot` reads. */
#define LAB_DOT_KNOBS                                                                              \
    (KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(HEAD_DIM) | KNOB_BIT(CHAIN) | KNOB_BIT(SEED) | \
     KNOB_BIT(STAMPS) | KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS) | LAB_CPU_KNOBS)

/* Whether there is memory for resolved knobs: lab_dot's own and more_bytes of the variant's. */
bool lab_dot_fits(const struct knobs *knobs, bool free_running, uint64_t more_bytes,
                  const struct device_info *device, struct error *error);

/* Takes memory, starts the threads, makes the inputs. False: *error says why, nothing is held.
 * lab_cpu_close gives it back. */
bool lab_dot_open(struct lab_dot *lab, const struct setup *setup, bool free_running,
                  struct error *error);

/* Members of struct variant. */
void lab_dot_poison(void *state);
uint64_t lab_dot_count_nan(const void *state);
void lab_dot_output(const void *state, uint32_t b, float *rows);

#endif
