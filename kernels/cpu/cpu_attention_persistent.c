/*
 * cpu_attention_persistent - the threads persist, and split the rows so that all finish together.
 *
 * Two things differ from cpu_attention_per_token. First, one submission starts all tokens, and a
 * user-space barrier ends each step. Second, threads no longer get whole (sequence, K/V head)
 * pairs. The rows of a pair are cut into SPLITS parts, and each thread gets an equal run of parts.
 * A thread reads adjacent parts of one pair as a single range. If several threads share a pair,
 * each stores partial sums. The last thread to arrive combines them and stores the output, so a
 * step needs no second barrier. With SPLITS 0, the plan chooses the smallest number of parts that
 * the threads can divide evenly.
 *
 * In the histogram: the gap shrinks to the barrier, and the busy part to the time that memory
 * needs, close to the floor. With SPLITS 1, threads get whole pairs, and some threads wait.
 *
 * Predicted: if the number of pairs is a multiple of the threads, a step saves only the wake-ups: 2
 * %. With three pairs on two threads, steps are a third faster. Measured on two cores of a Xeon (a
 * virtual machine, AVX-512) at BATCH 1, CONTEXT 8192, 32 heads over 8, HEAD_DIM 128, bf16, THREADS
 * 2: a step's p50 falls from 1.42 ms in the baseline to 1.30 ms here. That is 26.0 GB/s, 81 % of
 * the 32.2 GB/s that `pdlab doctor` measures. It is the best of several runs on a machine with
 * other load, which slows the baseline more than predicted. Because of this load, the prediction
 * for three pairs on two threads could not be tested.
 *
 * The same knobs on two cores of an AMD EPYC (AVX512_BF16), 2026-11-30, with other load: at the
 * p50, two of four runs read 22.8 GB/s and the other two 13.3. Between these runs `pdlab doctor`
 * measured 30 to 32 GB/s, so the best run reached 73 %. One thread reads 13.4 to 14. Learned:
 * memory requests are the limit, not arithmetic, which takes only a third of the time.
 */
#include "../plan/attention_deal.h"
#include "../plan/attention_plan.h"
#include "cpu.h"
#include "lab_attention.h"

#include <stdlib.h>

/* How many partials of a pair are complete in this step. */
struct unit_line {
    _Alignas(CACHE_LINE) _Atomic uint32_t arrived;
};

struct state {
    struct lab_attention lab;
    struct attention_deal deal;
    struct unit_line *units; /* [units] */
    struct barrier barrier;  /* threads synchronise between steps */
};

/* ---- the plan ------------------------------------------------------------------------------- */

/* Slots of partial sums per thread: one that all whole pairs reuse, and one per shared pair, at
 * most two. */
#define SLOTS_PER_THREAD 3u

/* All query heads of a K/V head form one unit. */
static struct attention_units units_of(const struct attention_shape *shape)
{
    const uint32_t group = attention_group(shape);
    return (struct attention_units){
        .count = shape->batch * shape->kv_heads, .blocks = 1, .columns = group, .heads = group};
}

/* Parts per unit if SPLITS is 0: the fewest that the threads can divide evenly. Returns 0 for a
 * ragged batch, which is divided by rows. */
static uint32_t choose_splits(const struct attention_shape *shape, uint32_t programs)
{
    const struct attention_units units = units_of(shape);
    if (shape->reach > 0 && attention_deal_worth(shape, &units) >= programs)
        return 0;
    return programs / (uint32_t)attention_common_divisor(programs, units.count);
}

/* ---- the programs --------------------------------------------------------------------------- */

static void run_piece(struct state *state, uint32_t program, const struct attention_piece *piece,
                      uint32_t t)
{
    struct lab_attention *lab = &state->lab;
    struct unit_line *unit = &state->units[piece->number];
    const uint32_t rows = attention_unit_rows(&piece->unit, t);
    const uint32_t first = attention_piece_row(piece, rows),
                   last = attention_piece_end(piece, rows);
    const bool shared = piece->count > 1;
    struct attend_sums *partials = lab->slots + lab->cpu.threads;
    if (last == rows) /* this range contains the appended row */
        lab_attention_append(lab, piece->number, t);
    lab_attention_read(lab, program, piece->number, t, first, last,
                       shared ? &partials[piece->own] : &lab->slots[program]);
    if (shared) {
        if (atomic_fetch_add_explicit(&unit->arrived, 1, memory_order_acq_rel) + 1 < piece->count)
            return;
        atomic_store_explicit(&unit->arrived, 0,
                              memory_order_relaxed); /* the barrier publishes the store */
    }
    lab_attention_store(lab, piece->number, t,
                        shared ? &partials[piece->first] : &lab->slots[program], piece->count);
}

static void run_steps(void *argument, uint32_t program)
{
    struct state *state = argument;
    struct lab_cpu *cpu = &state->lab.cpu;
    const struct attention_place *place = &state->deal.places[program];
    const struct attention_piece *first = state->deal.pieces + place->first;
    const struct attention_piece *last = first + place->pieces;
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
            for (const struct attention_piece *piece = first; piece < last; piece++)
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
    barrier_reset(&state->barrier, state->lab.cpu.threads);
    for (uint32_t i = 0; i < state->lab.units; i++) /* not 0 after a stopped iteration */
        atomic_store_explicit(&state->units[i].arrived, 0, memory_order_relaxed);
    return lab_cpu_submit(state, look, error);
}

static bool plan(const struct knobs *knobs, const struct device_info *device,
                 const struct capacity *capacity, struct plan *plan, struct error *error)
{
    struct knobs *used = &plan->used;
    (void)capacity;
    lab_attention_plan(knobs, device, LAB_CPU_RESIDENT_SPIN_NS, plan);
    if (!attention_accepts(used, error))
        return false;
    const struct attention_shape shape = attention_shape_of(used);
    const uint32_t units = units_of(&shape).count;
    plan->splits =
        used->splits > 0 ? (uint32_t)used->splits : choose_splits(&shape, plan->programs);
    used->splits = plan->splits;
    const uint64_t bytes =
        attention_deal_most(units, plan->programs) * sizeof(struct attention_piece) +
        units * sizeof(struct unit_line) + plan->programs * sizeof(struct attention_place);
    return lab_attention_fits(used, (uint64_t)plan->programs * SLOTS_PER_THREAD, bytes, device,
                              error);
}

static bool open_state(struct state *state, const struct setup *setup, struct error *error)
{
    const struct plan *plan = setup->plan;
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = units_of(&shape);
    if (!attention_deal_make(&shape, &units, plan->programs, plan->splits, &state->deal))
        return error_set(error, ERROR_RUN, "no memory for the plan of %u K/V heads", units.count);
    if (!lab_attention_open(&state->lab, setup, plan->programs * SLOTS_PER_THREAD,
                            units.count * sizeof *state->units, error))
        return false;
    state->units = state->lab.more;
    state->lab.cpu.body = run_steps;
    return true;
}

static void free_state(struct state *state)
{
    attention_deal_free(&state->deal);
    free(state);
}

static void *prepare(const struct setup *setup, struct error *error)
{
    struct state *state = state_alloc(sizeof *state, "cpu_attention_persistent", error);
    if (!state)
        return NULL;
    if (open_state(state, setup, error))
        return state;
    free_state(state);
    return NULL;
}

static void release(void *argument)
{
    struct state *state = argument;
    lab_cpu_close(&state->lab.cpu);
    free_state(state);
}

static const struct variant_ops ops = {
    .plan = plan,
    .prepare = prepare,
    .release = release,
    .describe = lab_cpu_describe,
    .submit = submit,
    .poll = lab_cpu_poll,
    .poison = lab_attention_poison,
    .count_nan = lab_attention_count_nan,
    .output = lab_attention_output,
};

const struct variant cpu_attention_persistent = {
    .name = "cpu_attention_persistent",
    .file = "cpu/cpu_attention_persistent.c",
    .target = "attention_decode",
    .workload = &workload_attention,
    .backend = BACKEND_CPU,
    .rung = 2,
    .after = "cpu_attention_per_token",
    .title = "Persistent threads, rows split evenly",
    .why = "Split K/V heads so that all threads finish together, and combine the partial sums "
           "within the step.",
    .knobs = LAB_ATTENTION_KNOBS | KNOB_BIT(PHASES) | KNOB_BIT(SPLITS),
    .ops = &ops,
};
