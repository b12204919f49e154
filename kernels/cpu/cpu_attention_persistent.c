/*
 * cpu_attention_persistent - the threads stay, and share the rows so that all finish together.
 *
 * After cpu_attention_per_token, two things change. One submission starts all tokens, and the
 * threads meet at a barrier in user space after each step. And the unit of work is no longer a
 * whole K/V head of a sequence: its rows are cut in SPLITS parts, of which each thread gets an
 * equal run. Neighbouring parts of one K/V head are read as one. Where several threads share a K/V
 * head, each leaves sums of its rows, and who comes last adds them up and stores the output; so a
 * step needs no second barrier. SPLITS 0 plans the fewest parts that divide evenly by the threads.
 *
 * In the histogram: the gap falls to the barrier, and the busy part to the time that the memory
 * needs: the floor is close. Set SPLITS 1 to see whole K/V heads again, and the threads that wait.
 *
 * Predicted: with K/V heads that divide by the threads, no more than the wakes, 2 % of a step; with
 * three on two threads, a third. Measured on two cores of a Xeon (a virtual machine, AVX-512) at
 * BATCH 1, CONTEXT 8192, 32 heads over 8, HEAD_DIM 128, bf16, THREADS 2: a step's p50 is 1.42 ms in
 * the baseline and 1.30 ms here, which is 26.0 GB/s, 81 % of the 32.2 that doctor measures. That is
 * the best of several runs with other work on the machine, which costs the baseline more than was
 * predicted; three K/V heads on two threads could not be measured for it.
 */
#include "cpu.h"
#include "lab_attention.h"

#include <stdlib.h>
#include <string.h>

/* What one program reads of one unit: parts [first, last) of SPLITS. */
struct piece {
    uint32_t unit, first, last;
    uint32_t slot; /* where its sums go; the pieces of a unit have consecutive slots */
};

/* A unit's pieces. */
struct unit_line {
    _Alignas(CACHE_LINE) _Atomic uint32_t arrived; /* in this step */
    uint32_t pieces, slot;                         /* how many, and the slot of the first */
};

struct state {
    struct lab_attention lab;
    uint32_t splits;
    struct piece *pieces;    /* of all programs, in order */
    uint32_t *first_piece;   /* [threads + 1]: of each program */
    struct unit_line *units; /* [units] */
    struct barrier barrier;  /* between steps */
};

/* ---- the plan ------------------------------------------------------------------------------- */

/* A program has at most a piece at either end that it shares; all others are whole units, which use
 * one slot of its own in turn. */
#define SLOTS_PER_THREAD 3u

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Shares all parts of all units in equal runs. A run's parts of one unit are one piece. */
static void plan_pieces(struct state *state)
{
    const uint32_t threads = state->lab.cpu.threads, splits = state->splits;
    const uint32_t parts = state->lab.units * splits;
    uint32_t count = 0, slot = threads;
    for (uint32_t program = 0; program < threads; program++) {
        const uint32_t end = lab_cpu_range(parts, threads, program + 1);
        state->first_piece[program] = count;
        for (uint32_t part = lab_cpu_range(parts, threads, program); part < end;) {
            struct piece *piece = &state->pieces[count++];
            struct unit_line *unit = &state->units[part / splits];
            const uint32_t left = splits - part % splits;
            *piece = (struct piece){.unit = part / splits, .first = part % splits};
            piece->last = piece->first + (left < end - part ? left : end - part);
            part += piece->last - piece->first;
            const bool whole = piece->last - piece->first == splits;
            piece->slot = whole ? program : slot++;
            if (unit->pieces++ == 0)
                unit->slot = piece->slot;
        }
    }
    state->first_piece[threads] = count;
}

/* ---- the programs --------------------------------------------------------------------------- */

/* The first of `rows` rows that is in part `part`. Cuts lie at multiples of 16, where needles look
 * (../attention.h), and so on whole cache lines; the last part always has a row. */
static uint32_t cut_rows(const struct state *state, uint32_t rows, uint32_t part)
{
    if (part == state->splits)
        return rows;
    return (uint32_t)((uint64_t)rows * part / state->splits) / 16 * 16;
}

static void run_piece(struct state *state, uint32_t program, const struct piece *piece, uint32_t t)
{
    struct lab_attention *lab = &state->lab;
    struct unit_line *unit = &state->units[piece->unit];
    const uint32_t rows = lab_attention_rows_read(lab, t);
    const uint32_t first = cut_rows(state, rows, piece->first);
    const uint32_t last = cut_rows(state, rows, piece->last);
    if (last == rows) /* it has the appended row */
        lab_attention_append(lab, piece->unit, t);
    lab_attention_read(lab, program, piece->unit, t, first, last, &lab->slots[piece->slot]);
    if (unit->pieces > 1) {
        if (atomic_fetch_add_explicit(&unit->arrived, 1, memory_order_acq_rel) + 1 < unit->pieces)
            return;
        atomic_store_explicit(&unit->arrived, 0,
                              memory_order_relaxed); /* the barrier hands it on */
    }
    lab_attention_store(lab, piece->unit, t, &lab->slots[unit->slot], unit->pieces);
}

static void run_steps(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_cpu *cpu = &state->lab.cpu;
    const struct piece *first = &state->pieces[state->first_piece[program]];
    const struct piece *last = &state->pieces[state->first_piece[program + 1]];
    uint64_t waited_ns = 0;
    for (uint32_t t = 0; t < cpu->seq_len; t++) {
        const uint64_t mark_ns = lab_cpu_mark(cpu);
        if (t > 0 && !barrier_wait(&state->barrier, t, cpu->spin_ns))
            return;
        if (stop_requested(cpu->stop)) {
            barrier_break(&state->barrier);
            return;
        }
        waited_ns += lab_cpu_mark(cpu) - mark_ns;
        uint64_t begin_ns = 0, end_ns = 0;
        if (first < last) {
            begin_ns = lab_cpu_now(cpu);
            for (const struct piece *piece = first; piece < last; piece++)
                run_piece(state, program, piece, t);
            end_ns = lab_cpu_now(cpu);
            lab_cpu_phase(cpu, program, t, waited_ns);
            waited_ns = 0;
        }
        lab_cpu_stamp(cpu, program, t, begin_ns, end_ns);
        lab_cpu_publish(cpu, program, t + 1);
    }
}

/* ---- the host ------------------------------------------------------------------------------- */

static bool submit(void *argument, enum look look, struct error *error)
{
    struct state *state = argument;
    (void)error;
    lab_cpu_begin(&state->lab.cpu, look);
    barrier_reset(&state->barrier, state->lab.cpu.threads);
    for (uint32_t i = 0; i < state->lab.units; i++) /* one that was stopped may have left some */
        atomic_store_explicit(&state->units[i].arrived, 0, memory_order_relaxed);
    pool_submit(state->lab.cpu.pool, run_steps, state);
    return true;
}

/* The most pieces there can be, of resolved knobs: a cut lies between two units or two programs. */
static uint64_t pieces_most(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->kv_heads + (uint64_t)knobs->threads;
}

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    struct knobs *used = &plan->used;
    (void)capacity;
    lab_attention_plan(knobs, device, LAB_CPU_RESIDENT_SPIN_NS, plan);
    if (used->splits == 0)
        used->splits =
            plan->programs /
            greatest_common_divisor(plan->programs, (uint32_t)(used->batch * used->kv_heads));
    const uint64_t bytes = pieces_most(used) * (sizeof(struct piece) + sizeof(struct unit_line));
    return lab_attention_fits(used, (uint64_t)plan->programs * SLOTS_PER_THREAD, bytes, device,
                              error);
}

static bool open_state(struct state *state, const struct setup *setup, struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    const size_t units = (size_t)(knobs->batch * knobs->kv_heads);
    const size_t threads = (size_t)knobs->threads;
    state->splits = (uint32_t)knobs->splits;
    state->pieces = malloc(pieces_most(knobs) * sizeof *state->pieces);
    state->first_piece = malloc((threads + 1) * sizeof *state->first_piece);
    state->units = aligned_alloc(CACHE_LINE, units * sizeof *state->units);
    if (state->pieces == NULL || state->first_piece == NULL || state->units == NULL)
        return error_set(error, ERROR_RUN, "no memory for the plan of %zu K/V heads", units);
    memset(state->units, 0, units * sizeof *state->units);
    if (!lab_attention_open(&state->lab, setup, (uint32_t)threads * SLOTS_PER_THREAD, error))
        return false;
    plan_pieces(state);
    return true;
}

static void free_state(struct state *state)
{
    free(state->pieces);
    free(state->first_piece);
    free(state->units);
    free(state);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = aligned_alloc(CACHE_LINE, sizeof *state);
    if (state == NULL) {
        error_set(error, ERROR_RUN, "no memory for cpu_attention_persistent");
        return NULL;
    }
    memset(state, 0, sizeof *state);
    if (!open_state(state, setup, error)) {
        free_state(state);
        return NULL;
    }
    return state;
}

static void release(void *argument)
{
    struct state *state = argument;
    lab_attention_close(&state->lab);
    free_state(state);
}

static void describe(const void *argument, struct facts *facts)
{
    const struct state *state = argument;
    *facts = (struct facts){
        .programs = state->lab.cpu.threads,
        .stamp_error_ns = clock_resolution(),
        .launches_per_iteration = 1,
    };
}

const struct variant cpu_attention_persistent = {
    .name = "cpu_attention_persistent",
    .file = "cpu/cpu_attention_persistent.c",
    .target = "attention_decode",
    .workload = &workload_attention,
    .backend = BACKEND_CPU,
    .rung = 2,
    .after = "cpu_attention_per_token",
    .title = "Resident threads, rows split evenly",
    .why = "K/V heads are split so that all threads finish together, and combined within the step.",
    .knobs = LAB_ATTENTION_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(SPLITS),
    .plan = plan,
    .prepare = prepare,
    .release = release,
    .describe = describe,
    .submit = submit,
    .poll = lab_cpu_poll,
    .poison = lab_attention_poison,
    .count_nan = lab_attention_count_nan,
    .output = lab_attention_output,
};
