/*
 * lab_cpu.h - the code that all CPU variants share: memory, threads and stamps. The lab of a
 * workload (lab_dot.h, lab_attention.h, lab_model.h) begins with a struct lab_cpu, and a variant's
 * state begins with that lab. So a struct variant_ops can use lab_cpu_poll directly.
 *
 * Stamps. Each program owns a block of `room` rows and a cache line with its progress. It fills
 * rows in order and publishes the number of complete rows with a release store. The host acquires
 * this number, so no program writes the rows below it while the host reads them.
 */
#pragma once

#include "../clock.h"
#include "../lab.h"
#include "event.h"
#include "pool.h"

struct progress {
    _Alignas(CACHE_LINE) _Atomic uint32_t rows; /* completed rows of this iteration */
};

struct lab_cpu {
    struct pool *pool;
    const uint32_t *stop;
    uint64_t spin_ns;
    uint32_t seq_len, threads;
    bool free_running;
    bool stamped, phased;      /* what this iteration records */
    pool_body *body;           /* runs on every thread in each launch; its argument is the lab */
    uint32_t launches, launch; /* number per iteration; current one, which pool threads read */
    uint64_t host_spin_ns;     /* how long the host spins for the end of a launch */
    uint32_t room;             /* rows of stamps per program; 0: STAMPS is off */
    uint32_t returned;         /* rows that poll has returned in this iteration */
    struct stamp *stamps;      /* [threads][room] */
    struct phase *phases;      /* same layout; NULL: PHASES is off */
    struct progress *progress; /* [threads] */
    void *memory;              /* the workload's tensors, then stamps and progress */
    size_t memory_bytes;
};

/* The knobs that every CPU variant reads besides its workload's. */
#define LAB_CPU_KNOBS (KNOB_BIT(THREADS) | KNOB_BIT(SPIN_NS))

/* What the output contains before a variant writes it: NaN bit patterns that stand out in a
 * debugger. */
#define POISON_FP32 UINT32_C(0x7FC0DEAD)
#define POISON_BF16 UINT16_C(0x7FDE)
#define POISON_FP16 UINT16_C(0x7EDE)

#define LAB_CPU_RESIDENT_SPIN_NS 20000 /* SPIN_NS `auto` in persistent variants */

/* `bytes`, rounded up to whole cache lines. */
static inline uint64_t lab_cpu_lines(uint64_t bytes)
{
    return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

/* The bytes that lab_cpu_open allocates for resolved knobs. tensor_bytes: bytes of the workload's
 * tensors, in whole cache lines. */
uint64_t lab_cpu_bytes(const struct knobs *knobs, bool free_running, uint64_t tensor_bytes);

/* Whether `needed` bytes are at most 90 % of free memory; `what` names the shape in *error. */
bool lab_cpu_fits(uint64_t needed, const struct device_info *device, const char *what,
                  struct error *error);

/* Starts a plan: replaces `auto` in THREADS, and in SPIN_NS by spin_ns. A program is a thread. */
void lab_cpu_plan(const struct knobs *knobs, const struct device_info *device, int64_t spin_ns,
                  struct plan *plan);

/* Maps zeroed memory, in huge pages if possible; free it with munmap. NULL: *error is set. */
void *lab_cpu_map(size_t bytes, struct error *error);

/* Allocates zeroed, page-aligned memory and starts the threads. lab->memory begins with
 * tensor_bytes bytes for tensors. An iteration is one launch; the caller sets lab->body, or calls
 * lab_cpu_launch_often. False: *error says why, and there is nothing to close. */
bool lab_cpu_open(struct lab_cpu *lab, const struct setup *setup, bool free_running,
                  uint64_t tensor_bytes, struct error *error);
void lab_cpu_close(struct lab_cpu *lab);

/* Every thread generates its share of the inputs, so that first touch puts the pages near its core.
 * False: the user stopped it, and everything is freed as by lab_cpu_close. */
bool lab_cpu_make_inputs(struct lab_cpu *lab, pool_body *body, void *argument, struct error *error);

/* For baselines: an iteration becomes `launches` launches of `body`. In poll, the host joins a
 * launch and starts the next one. It spins for SPIN_NS before it sleeps. */
void lab_cpu_launch_often(struct lab_cpu *lab, pool_body *body, uint32_t launches);

/* Call before an iteration: resets the counts of completed and returned rows. */
void lab_cpu_begin(struct lab_cpu *lab, enum look look);

/* Returns the rows that all programs have completed and poll has not returned yet. */
void lab_cpu_collect(struct lab_cpu *lab, struct stamp_batch *batch);

/* Returns the remaining rows at the end of an iteration: all rows, if it is free-running. */
void lab_cpu_finish(struct lab_cpu *lab, uint64_t synchronised_ns, struct stamp_batch *batch);

/* Members of struct variant_ops, for a state that begins with a struct lab_cpu. lab_cpu_release
 * frees the state too. */
void lab_cpu_release(void *state);
void lab_cpu_describe(const void *state, struct facts *facts);
bool lab_cpu_submit(void *state, enum look look, struct error *error);
enum poll_state lab_cpu_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error);

/* The current time, for a stamp; 0 if this iteration has no stamps. */
static inline uint64_t lab_cpu_now(const struct lab_cpu *lab)
{
    return lab->stamped ? clock_now() : 0;
}

/* Stamps row `row` of a program with its begin and end; 0, 0: the program had no part in this step.
 * Ignores rows beyond the room. */
static inline void lab_cpu_stamp(struct lab_cpu *lab, uint32_t program, uint32_t row,
                                 uint64_t begin_ns, uint64_t end_ns)
{
    if (lab->stamped && row < lab->room)
        lab->stamps[(size_t)program * lab->room + row] =
            (struct stamp){.begin_ns = begin_ns, .end_ns = end_ns};
}

/* The current time if waits are measured, else 0. */
static inline uint64_t lab_cpu_mark(const struct lab_cpu *lab)
{
    return lab->phased ? clock_now() : 0;
}

/* Records how long the program waited for other programs since its last stamped row. On a CPU,
 * loads cannot be separated from arithmetic. */
static inline void lab_cpu_phase(struct lab_cpu *lab, uint32_t program, uint32_t row,
                                 uint64_t barrier_ns)
{
    if (lab->phased && row < lab->room)
        lab->phases[(size_t)program * lab->room + row] = (struct phase){
            .barrier_ns = barrier_ns < UINT32_MAX ? (uint32_t)barrier_ns : UINT32_MAX};
}

/* Publishes rows [0, rows) of a program as complete. */
static inline void lab_cpu_publish(struct lab_cpu *lab, uint32_t program, uint32_t rows)
{
    atomic_store_explicit(&lab->progress[program].rows, rows, memory_order_release);
}

/* Where program `program`'s range begins if `count` items are divided evenly. */
static inline uint32_t lab_cpu_range(uint32_t count, uint32_t programs, uint32_t program)
{
    return (uint32_t)((uint64_t)count * program / programs);
}

/* A program's share of `count` items: [first, last). */
struct lab_cpu_share {
    uint32_t first, last;
};

static inline struct lab_cpu_share lab_cpu_share_of(const struct lab_cpu *lab, uint32_t program,
                                                    uint32_t count)
{
    return (struct lab_cpu_share){.first = lab_cpu_range(count, lab->threads, program),
                                  .last = lab_cpu_range(count, lab->threads, program + 1)};
}
