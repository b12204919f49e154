/*
 * lab_cpu.h - what all CPU variants share, whatever their workload: memory, threads and stamps. The
 * lab of a workload (lab_dot.h, lab_attention.h) begins with a struct lab_cpu, and a variant's
 * state begins with that lab, so lab_cpu_poll goes into a const struct variant as it is.
 *
 * Stamps. Each program owns a block of `room` rows and a cache line with its progress. It fills
 * rows in order and publishes how many are done by a release store; the host acquires that, so the
 * rows below it are never written while the host reads them.
 */
#ifndef KERNELS_CPU_LAB_CPU_H
#define KERNELS_CPU_LAB_CPU_H

#include "../clock.h"
#include "../lab.h"
#include "event.h"
#include "pool.h"

struct progress {
    _Alignas(CACHE_LINE) _Atomic uint32_t rows; /* done by this program in this iteration */
};

struct lab_cpu {
    struct pool *pool;
    const uint32_t *stop;
    uint64_t spin_ns;
    uint32_t seq_len, threads;
    bool free_running;
    bool stamped, phased;      /* this iteration's steps are */
    uint32_t room;             /* rows of stamps that a program has; 0: STAMPS is off */
    uint32_t handed;           /* rows that poll has handed over in this iteration */
    struct stamp *stamps;      /* [threads][room] */
    struct phase *phases;      /* likewise; NULL: PHASES is off */
    struct progress *progress; /* [threads] */
    void *memory;              /* the workload's tensors, then stamps and progress */
    size_t memory_bytes;
};

/* What every CPU variant reads beside its workload's knobs. */
#define LAB_CPU_KNOBS (KNOB_BIT(THREADS) | KNOB_BIT(SPIN_NS))

#define LAB_CPU_RESIDENT_SPIN_NS 20000 /* SPIN_NS auto of the resident variants */

/* `bytes`, in whole cache lines. */
static inline uint64_t lab_cpu_lines(uint64_t bytes)
{
    return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

/* The bytes that lab_cpu_open takes, of resolved knobs, with tensor_bytes of the workload's. */
uint64_t lab_cpu_bytes(const struct knobs *knobs, bool free_running, uint64_t tensor_bytes);

/* Whether `needed` bytes are at most 90 % of what is free; `what` names the shape in *error. */
bool lab_cpu_fits(uint64_t needed, const struct device_info *device, const char *what,
                  struct error *error);

/* Begins a plan: replaces `auto` in THREADS and, by spin_ns, in SPIN_NS; a program is a thread. */
void lab_cpu_plan(const struct knobs *knobs, const struct device_info *device, int64_t spin_ns,
                  struct plan *plan);

/* Takes memory, zeroed, and starts the threads. lab->memory begins with tensor_bytes, aligned to a
 * page. False: *error says why, nothing is held. */
bool lab_cpu_open(struct lab_cpu *lab, const struct setup *setup, bool free_running,
                  uint64_t tensor_bytes, struct error *error);
void lab_cpu_close(struct lab_cpu *lab);

/* Has every thread make its share of the inputs, so that the pages lie near the core that first
 * wrote them. False: it was stopped; all is given back, as by lab_cpu_close. */
bool lab_cpu_make_inputs(struct lab_cpu *lab, pool_body *body, void *argument, struct error *error);

/* Before an iteration: nothing done, nothing handed over. */
void lab_cpu_begin(struct lab_cpu *lab, enum look look);

/* Hands over the rows that all programs have done and poll has not handed over. */
void lab_cpu_collect(struct lab_cpu *lab, struct stamp_batch *batch);

/* The same at the iteration's end; of a free-running one all rows there are. */
void lab_cpu_finish(struct lab_cpu *lab, uint64_t synchronised_ns, struct stamp_batch *batch);

/* A member of struct variant, for iterations that are one submission. */
enum poll_state lab_cpu_poll(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                             struct error *error);

/* poll of the baselines: joins and launches, step by step, until wait_ns are spent. *t is the step
 * that runs; run_step gets `argument`. */
enum poll_state lab_cpu_poll_steps(struct lab_cpu *lab, pool_body *run_step, void *argument,
                                   uint32_t *t, uint64_t wait_ns, struct stamp_batch *batch);

/* A stamp's clock read; 0 where this iteration has no stamps. The fence keeps it from being read
 * before the loads above are done: before the wait has seen its signal, or the step its data. */
static inline uint64_t lab_cpu_now(const struct lab_cpu *lab)
{
    if (!lab->stamped)
        return 0;
#if defined(__x86_64__)
    _mm_lfence();
#endif
    return clock_now();
}

/* Row `row` of a program: begin and end, or 0, 0 for no part. Beyond the room it is left out. */
static inline void lab_cpu_stamp(struct lab_cpu *lab, uint32_t program, uint32_t row,
                                 uint64_t begin_ns, uint64_t end_ns)
{
    if (lab->stamped && row < lab->room)
        lab->stamps[(size_t)program * lab->room + row] = (struct stamp){begin_ns, end_ns};
}

/* The clock where waits are measured, else 0. */
static inline uint64_t lab_cpu_mark(const struct lab_cpu *lab)
{
    return lab->phased ? clock_now() : 0;
}

/* How long the program waited for others since its last stamped row. Loads are not told apart from
 * arithmetic on a CPU. */
static inline void lab_cpu_phase(struct lab_cpu *lab, uint32_t program, uint32_t row,
                                 uint64_t barrier_ns)
{
    if (lab->phased && row < lab->room)
        lab->phases[(size_t)program * lab->room + row] = (struct phase){
            .barrier_ns = barrier_ns < UINT32_MAX ? (uint32_t)barrier_ns : UINT32_MAX};
}

/* Says that rows [0, rows) of a program are done. */
static inline void lab_cpu_publish(struct lab_cpu *lab, uint32_t program, uint32_t rows)
{
    atomic_store_explicit(&lab->progress[program].rows, rows, memory_order_release);
}

/* Where program `program`'s range begins, of `count` things shared in equal ranges. */
static inline uint32_t lab_cpu_range(uint32_t count, uint32_t programs, uint32_t program)
{
    return (uint32_t)((uint64_t)count * program / programs);
}

#endif
