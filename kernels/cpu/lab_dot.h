/*
 * lab_dot.h - what the CPU variants of `dot` share: tensors, threads, stamps, and all of struct
 * variant that does not depend on how the steps are run. A variant's state begins with a
 * struct lab_dot, so the functions that take a `void *state` here go into its const struct as they
 * are.
 *
 * Stamps. Each program owns a block of `room` rows and a cache line with its progress. It fills
 * rows in order and publishes how many are done by a release store; the host acquires that, so the
 * rows below it are never written while the host reads them.
 */
#ifndef KERNELS_CPU_LAB_DOT_H
#define KERNELS_CPU_LAB_DOT_H

#include "../clock.h"
#include "../lab.h"
#include "dot.h"
#include "event.h"
#include "pool.h"

struct progress {
    _Alignas(CACHE_LINE) _Atomic uint32_t rows; /* done by this program in this iteration */
};

struct lab_dot {
    struct dot_tensors tensors;
    dot_step *step; /* the SIMD path that runs */
    struct pool *pool;
    const uint32_t *stop;
    uint64_t seed, spin_ns;
    uint32_t seq_len, batch, threads;
    bool free_running;
    bool stamped;              /* this iteration's steps are */
    uint32_t room;             /* rows of stamps that a program has; 0: STAMPS is off */
    uint32_t handed;           /* rows that poll has handed over in this iteration */
    struct stamp *stamps;      /* [threads][room] */
    struct progress *progress; /* [threads] */
    void *memory;              /* holds tensors, stamps and progress */
    size_t memory_bytes;
};

/* What every CPU variant of `dot` reads. */
#define LAB_DOT_KNOBS                                                                              \
    (KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(HEAD_DIM) | KNOB_BIT(CHAIN) | KNOB_BIT(SEED) | \
     KNOB_BIT(STAMPS) | KNOB_BIT(THREADS) | KNOB_BIT(SPIN_NS) | KNOB_BIT(WARMUP) |                 \
     KNOB_BIT(ITERATIONS))

#define LAB_DOT_RESIDENT_SPIN_NS 20000 /* SPIN_NS auto of the resident variants */

/* Whether there is memory for it: lab_dot's own and more_bytes of the variant's. `knobs` may hold
 * `auto`. */
bool lab_dot_fits(const struct knobs *knobs, bool free_running, uint64_t more_bytes,
                  const struct device_info *device, struct error *error);

/* The threads that the knobs mean on this device. */
uint32_t lab_dot_threads(const struct knobs *knobs, const struct device_info *device);

/* Replaces `auto` in THREADS and SPIN_NS. */
void lab_dot_resolve(struct knobs *knobs, const struct device_info *device, int64_t spin_ns);

/* Takes memory, starts the threads, makes the inputs. False: *error says why, nothing is held. */
bool lab_dot_open(struct lab_dot *lab, const struct setup *setup, bool free_running,
                  struct error *error);
void lab_dot_close(struct lab_dot *lab);

/* Before an iteration: nothing done, nothing handed over. */
void lab_dot_begin(struct lab_dot *lab, bool stamps);

/* Hands over the rows that all programs have done and poll has not handed over. */
void lab_dot_collect(struct lab_dot *lab, struct stamp_batch *batch);

/* The same at the iteration's end; of a free-running one all rows there are. */
void lab_dot_finish(struct lab_dot *lab, uint64_t synchronised_ns, struct stamp_batch *batch);

/* Members of struct variant. lab_dot_poll is for iterations that are one submission. */
enum poll_state lab_dot_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error);
void lab_dot_poison(void *state);
uint64_t lab_dot_count_nan(const void *state);
void lab_dot_output(const void *state, uint32_t b, float *rows);
uint64_t lab_dot_step_bytes(const struct knobs *knobs);
uint64_t lab_dot_step_flops(const struct knobs *knobs);

/* A stamp's clock read; 0 where this iteration has no stamps. The fence keeps it from being read
 * before the loads above are done: before the wait has seen its signal, or the step its data. */
static inline uint64_t lab_dot_now(const struct lab_dot *lab)
{
    if (!lab->stamped)
        return 0;
#if defined(__x86_64__)
    _mm_lfence();
#endif
    return clock_now();
}

/* Row `row` of a program: begin and end, or 0, 0 for no part. Beyond the room it is left out. */
static inline void lab_dot_stamp(struct lab_dot *lab, uint32_t program, uint32_t row,
                                 uint64_t begin_ns, uint64_t end_ns)
{
    if (lab->stamped && row < lab->room)
        lab->stamps[(size_t)program * lab->room + row] = (struct stamp){begin_ns, end_ns};
}

/* Says that rows [0, rows) of a program are done. */
static inline void lab_dot_publish(struct lab_dot *lab, uint32_t program, uint32_t rows)
{
    atomic_store_explicit(&lab->progress[program].rows, rows, memory_order_release);
}

/* The first sequence of program `program` where a step's sequences are shared in equal ranges. */
static inline uint32_t lab_dot_range(uint32_t batch, uint32_t programs, uint32_t program)
{
    return (uint32_t)((uint64_t)batch * program / programs);
}

#endif
