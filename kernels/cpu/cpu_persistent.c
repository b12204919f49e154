/*
 * cpu_persistent - the threads persist: one submission for all tokens.
 *
 * Unlike in cpu_per_token, the host leaves the loop: it wakes the threads once per iteration. The
 * threads draw tickets from one atomic counter: ticket i is step i / BATCH of sequence i % BATCH.
 * They synchronise at a user-space barrier after each step. The last thread to arrive opens the
 * barrier. The other threads spin for SPIN_NS before they sleep. A launch and a join become two
 * cache lines that change owners.
 *
 * In the histogram: the whole distribution moves left by an order of magnitude, and the gap is the
 * barrier alone. With more THREADS than cores, or SPIN_NS 0, the scheduler's tail comes back.
 *
 * STEP_SYNC=none removes the barrier, to show what it costs. Threads run freely: each takes whole
 * sequences (QUEUE=sequence), or single steps of them (QUEUE=step). A single step waits only for
 * the previous step of its own sequence, and with CHAIN off not even for that.
 */
#include "cpu.h"
#include "lab_dot.h"

#include <stdlib.h>

/* Counts a sequence's finished steps. Other threads wait for it. */
struct sequence_line {
    _Alignas(CACHE_LINE) struct event done;
};

struct state {
    struct lab_dot lab;
    struct sequence_line
        *sequences;         /* [BATCH] with QUEUE=step and a free-running chain, else NULL */
    struct barrier barrier; /* threads synchronise between steps, unless free-running */
    _Alignas(CACHE_LINE) _Atomic uint64_t tickets; /* drawn so far */
};

/* ---- the programs --------------------------------------------------------------------------- */

static inline uint64_t draw_ticket(struct state *state)
{
    return atomic_fetch_add_explicit(&state->tickets, 1, memory_order_relaxed);
}

/* STEP_SYNC=flag. A thread keeps a ticket of a later step until the barrier opens that step. */
static void run_in_step(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_dot *lab = &state->lab;
    uint64_t ticket = draw_ticket(state);
    uint64_t first = 0; /* the first ticket of this step */
    uint64_t waited_ns = 0;
    for (uint32_t t = 0; t < lab->cpu.seq_len; t++, first += lab->batch) {
        const uint64_t mark_ns = lab_cpu_mark(&lab->cpu);
        if (t > 0 && !barrier_wait(&state->barrier, t, lab->cpu.spin_ns))
            return;
        if (stop_requested(lab->cpu.stop)) {
            barrier_break(&state->barrier);
            return;
        }
        waited_ns += lab_cpu_mark(&lab->cpu) - mark_ns;
        uint64_t begin_ns = 0, end_ns = 0;
        if (ticket < first + lab->batch) {
            begin_ns = lab_cpu_now(&lab->cpu);
            do {
                const uint32_t b = (uint32_t)(ticket - first);
                lab->step(&lab->tensors, t, b, b + 1);
                ticket = draw_ticket(state);
            } while (ticket < first + lab->batch);
            end_ns = lab_cpu_now(&lab->cpu);
            lab_cpu_phase(&lab->cpu, program, t, waited_ns);
            waited_ns = 0;
        }
        lab_cpu_stamp(&lab->cpu, program, t, begin_ns, end_ns);
        lab_cpu_publish(&lab->cpu, program, t + 1);
    }
}

/* STEP_SYNC=none, QUEUE=sequence. */
static void run_sequences(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_dot *lab = &state->lab;
    uint32_t row = 0;
    uint64_t b;
    while ((b = draw_ticket(state)) < lab->batch) {
        uint64_t begin_ns = lab_cpu_now(&lab->cpu);
        for (uint32_t t = 0; t < lab->cpu.seq_len; t++) {
            if (stop_requested(lab->cpu.stop))
                return;
            lab->step(&lab->tensors, t, (uint32_t)b, (uint32_t)b + 1);
            const uint64_t end_ns = lab_cpu_now(&lab->cpu);
            lab_cpu_stamp(&lab->cpu, program, row, begin_ns, end_ns);
            lab_cpu_phase(&lab->cpu, program, row, 0);
            lab_cpu_publish(&lab->cpu, program, ++row);
            begin_ns = end_ns;
        }
    }
}

/* Whether step t of sequence b may run: with a chain, waits for the previous step. A thread that
 * drops its ticket breaks the event, so that the thread with the next step does not wait for
 * ever. */
static bool may_run(struct state *state, uint32_t b, uint32_t t)
{
    if (state->sequences == NULL)
        return !stop_requested(state->lab.cpu.stop);
    struct event *done = &state->sequences[b].done;
    if (!stop_requested(state->lab.cpu.stop) &&
        event_wait(done, t, state->lab.cpu.spin_ns, EVENT_WAIT_FOREVER))
        return true;
    event_break(done);
    return false;
}

/* STEP_SYNC=none, QUEUE=step. */
static void run_steps(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_dot *lab = &state->lab;
    const uint64_t tickets = (uint64_t)lab->cpu.seq_len * lab->batch;
    uint32_t row = 0;
    uint64_t ticket;
    while ((ticket = draw_ticket(state)) < tickets) {
        const uint32_t t = (uint32_t)(ticket / lab->batch), b = (uint32_t)(ticket % lab->batch);
        const uint64_t mark_ns = lab_cpu_mark(&lab->cpu);
        if (!may_run(state, b, t))
            return;
        lab_cpu_phase(&lab->cpu, program, row, lab_cpu_mark(&lab->cpu) - mark_ns);
        const uint64_t begin_ns = lab_cpu_now(&lab->cpu);
        lab->step(&lab->tensors, t, b, b + 1);
        lab_cpu_stamp(&lab->cpu, program, row, begin_ns, lab_cpu_now(&lab->cpu));
        if (state->sequences != NULL)
            event_signal(&state->sequences[b].done);
        lab_cpu_publish(&lab->cpu, program, ++row);
    }
}

/* ---- the host ------------------------------------------------------------------------------- */

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    barrier_reset(&state->barrier, state->lab.cpu.threads);
    atomic_store_explicit(&state->tickets, 0, memory_order_relaxed);
    if (state->sequences != NULL)
        for (uint32_t b = 0; b < state->lab.batch; b++)
            event_reset(&state->sequences[b].done);
    return lab_cpu_submit(state, look, error);
}

/* Bytes of the sequences' events. */
static uint64_t sequence_bytes(const struct knobs *knobs)
{
    const bool waits_by_sequence =
        knobs->step_sync == SYNC_NONE && knobs->queue == QUEUE_STEP && knobs->chain;
    return waits_by_sequence ? (uint64_t)knobs->batch * sizeof(struct sequence_line) : 0;
}

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    static const char *const names[] = {"auto", "none", "block", "cluster", "flag", "grid"};
    struct knobs *used = &plan->used;
    (void)capacity;
    lab_cpu_plan(knobs, device, LAB_CPU_RESIDENT_SPIN_NS, plan);
    if (used->step_sync == SYNC_AUTO)
        used->step_sync = SYNC_FLAG;
    if (used->queue == QUEUE_AUTO)
        used->queue = used->step_sync == SYNC_NONE ? QUEUE_SEQUENCE : QUEUE_STEP;
    if (used->step_sync != SYNC_NONE && used->step_sync != SYNC_FLAG)
        return error_set(error, ERROR_UNSUPPORTED,
                         "STEP_SYNC %s needs a GPU: on the CPU use auto, none or flag",
                         names[used->step_sync]);
    if (used->step_sync != SYNC_NONE && used->queue == QUEUE_SEQUENCE)
        return error_set(error, ERROR_UNSUPPORTED,
                         "QUEUE sequence excludes a barrier after each step: use "
                         "STEP_SYNC none, or QUEUE auto or step");
    return lab_dot_fits(used, used->step_sync == SYNC_NONE, sequence_bytes(used), device, error);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    const bool free_running = knobs->step_sync == SYNC_NONE;
    const uint64_t bytes = sequence_bytes(knobs);
    struct state *state = state_alloc(sizeof *state, "cpu_persistent", error);
    if (!state || !lab_dot_open(&state->lab, setup, free_running, bytes, error)) {
        free(state);
        return NULL;
    }
    state->sequences = bytes > 0 ? state->lab.more : NULL;
    state->lab.cpu.body = !free_running                    ? run_in_step
                          : knobs->queue == QUEUE_SEQUENCE ? run_sequences
                                                           : run_steps;
    return state;
}

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    .release = lab_cpu_release,
    .describe = lab_cpu_describe,
    .submit = submit,
    .poll = lab_cpu_poll,
    LAB_DOT_OUTPUT,
};

const struct variant cpu_persistent = {
    .name = "cpu_persistent",
    .file = "cpu/cpu_persistent.c",
    .target = "persistent_decode",
    .workload = &workload_dot,
    .backend = BACKEND_CPU,
    .rung = 2,
    .after = "cpu_per_token",
    .title = "Persistent threads, work queue, barrier",
    .why = "One submission for all tokens: the threads stay, and synchronise at a barrier after "
           "each step.",
    .knobs = LAB_DOT_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(STEP_SYNC) | KNOB_BIT(QUEUE),
    .ops = &ops,
};
