#include "../../kernels/plan/attention_plan.h"
#include "../../src/knobs.h"
#include "capacity.h"
#include "random.h"

#include <stdlib.h>

#define DRAWS 400 /* shapes of each test that takes many */

/* ---- planners -------------------------------------------------------------------------------- */

static const struct capacity_kernel kernels[ATTENTION_KERNELS] = {
#define ROW(TYPE, DIM, COLUMNS) {.registers = 96 + (DIM) / 4 + 4 * (COLUMNS)},
    ATTENTION_TABLE(ROW)
#undef ROW
};

static const void *table[ATTENTION_KERNELS];

/* What plans for a variant: one of the two. */
struct planner {
    struct attention_loader loader;
    struct attention_stepper stepper;
};

static const struct planner planners[] = {
    {.loader = {"registers", table, .warps = 8, .stages = 1, .capability = 80}},
    {.loader = {"copies", table, .capability = 80}},
    {.loader = {"producers", table, .more_warps = 1, .warps_per = 2, .capability = 80}},
    {.loader = {"tma", table, .warps = 8, .stages = 8, .short_stages = 2, .capability = 90}},
    {.stepper = {"unsplit", table, .warps = 8, .splits = 1}},
    {.stepper = {"split", table, .warps = 4}},
    {.stepper = {"graph", table, .warps = 4, .captured_most = 2048}},
};

#define PLANNERS   (sizeof planners / sizeof *planners)
#define PERSISTENT 4 /* of them, the first */

/* Fills the table, whose entries are no constants in C. */
static void begin(void)
{
    for (size_t i = 0; i < ATTENTION_KERNELS; i++)
        table[i] = &kernels[i];
}

TestSuite(attention_plan, .init = begin);

static bool is_persistent(const struct planner *planner)
{
    return planner->loader.name != NULL;
}

static const char *name_of(const struct planner *planner)
{
    return is_persistent(planner) ? planner->loader.name : planner->stepper.name;
}

static bool make(const struct planner *planner, const struct knobs *knobs,
                 const struct capacity_fixture *gpu, struct plan *plan, struct error *error)
{
    *error = (struct error){0};
    memset(plan, 0, sizeof *plan);
    return is_persistent(planner) ? attention_plan_persistent(&planner->loader, knobs, &gpu->device,
                                                              &gpu->capacity, plan, error)
                                  : attention_plan_steps(&planner->stepper, knobs, &gpu->device,
                                                         &gpu->capacity, plan, error);
}

/* A plan that must be there. */
static struct plan must_make(const struct planner *planner, const struct knobs *knobs,
                             const struct capacity_fixture *gpu)
{
    struct plan plan;
    struct error error;
    cr_assert(make(planner, knobs, gpu, &plan, &error), "%s on %s: %s", name_of(planner), gpu->name,
              error.text);
    return plan;
}

/* ---- knobs ----------------------------------------------------------------------------------- */

static struct knobs defaults(void)
{
    struct knob_settings settings;
    knobs_reset(&settings);
    settings.knobs.head_dim = 128;
    return settings.knobs;
}

/* Some steps away from the default; with enough of them an end of the range. */
static int64_t turn(uint64_t *random, enum knob_id id, uint64_t turns_most)
{
    const int direction = random_below(random, 2) ? 1 : -1;
    int64_t value = knob_table[id].initial;
    for (uint64_t turns = random_below(random, turns_most + 1); turns > 0; turns--)
        value = knob_turn(id, value, direction);
    return value;
}

/* A shape that attention takes. */
static struct knobs draw(uint64_t *random)
{
    static const enum knob_id turned[] = {KNOB_SEQ_LEN, KNOB_BATCH,  KNOB_CHAIN,   KNOB_STAMPS,
                                          KNOB_CONTEXT, KNOB_DTYPE,  KNOB_COLD,    KNOB_COPIES,
                                          KNOB_KV_TILE, KNOB_SPLITS, KNOB_KV_HEADS};
    struct knobs knobs = defaults();
    for (size_t i = 0; i < sizeof turned / sizeof *turned; i++)
        knobs.value[turned[i]] = turn(random, turned[i], 12);
    knobs.kv_stages = 2 + (int64_t)random_below(random, 7);
    knobs.head_dim = random_below(random, 2) ? 64 : 128;
    knobs.num_heads = knobs.kv_heads * (1 + (int64_t)random_below(random, 256u / knobs.kv_heads));
    if (random_below(random, 2)) {
        knobs.context = (int64_t)random_below(random, 20000);
        knobs.batch = 1 + (int64_t)random_below(random, 40);
        knobs.seq_len = 1 + (int64_t)random_below(random, 300);
    }
    return knobs;
}

static void check_valid(const struct knobs *knobs)
{
    for (int id = 0; id < KNOB_COUNT; id++)
        cr_assert(knob_valid((enum knob_id)id, knobs->value[id]), "%s %lld", knob_table[id].name,
                  (long long)knobs->value[id]);
}

/* Calls `judge` for many shapes on every device with every planner, of which some cannot run them.
 */
static void plan_many(uint64_t seed, size_t planner_count, uint32_t least,
                      void (*judge)(const struct planner *planner, const struct knobs *knobs,
                                    const struct capacity_fixture *gpu, const struct plan *plan))
{
    uint64_t random = seed;
    uint32_t made = 0;
    for (int i = 0; i < DRAWS; i++) {
        const struct knobs knobs = draw(&random);
        check_valid(&knobs);
        for (int name = 0; name < CAPACITY_NAMES; name++) {
            for (size_t p = 0; p < planner_count; p++) {
                struct capacity_fixture gpu = capacity_gpu((enum capacity_name)name);
                struct plan plan;
                struct error error;
                const bool right = make(&planners[p], &knobs, &gpu, &plan, &error);
                cr_assert_eq(gpu.repeats, 0, "%s asks a question twice", name_of(&planners[p]));
                cr_assert_leq(gpu.asked_count, 1);
                if (!right) {
                    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
                    cr_assert_gt(strlen(error.text), 20, "%s", error.text);
                    continue;
                }
                made++;
                judge(&planners[p], &knobs, &gpu, &plan);
            }
        }
    }
    cr_assert_gt(made, least, "only %u plans could be made", made);
}

/* ---- which rows a program reads -------------------------------------------------------------- */

/* Piece k of a program in the order of its units. */
static uint32_t by_unit(const struct attention_place *place, uint32_t k)
{
    return k == 0 ? 0 : k + 1 == place->pieces ? 1 : k + 1;
}

/* Programs in order have rows in order: of each unit each row once, its newest in one piece. */
static void check_rows(const struct attention_run *run, uint32_t rows)
{
    uint32_t *next = calloc(run->units, sizeof *next), *newest = calloc(run->units, sizeof *newest);
    uint32_t *pieces = calloc(run->units, sizeof *pieces);
    cr_assert(next && newest && pieces);
    for (uint32_t program = 0; program < run->programs; program++) {
        const struct attention_place place = attention_place_of(run, program);
        cr_assert_lt(place.part, place.part_end, "program %u has no part", program);
        for (uint32_t k = 0; k < place.pieces; k++) {
            const struct attention_piece piece =
                attention_piece_of(run, &place, by_unit(&place, k), rows);
            cr_assert_eq(piece.unit, place.unit + k);
            cr_assert_eq(piece.row, next[piece.unit], "unit %u: row %u after row %u", piece.unit,
                         piece.row, next[piece.unit]);
            cr_assert_geq(piece.end, piece.row);
            next[piece.unit] = piece.end;
            newest[piece.unit] += piece.newest;
            pieces[piece.unit]++;
        }
    }
    for (uint32_t program = 0; program < run->programs; program++) {
        const struct attention_place place = attention_place_of(run, program);
        for (uint32_t k = 0; k < place.pieces; k++) {
            const struct attention_piece piece = attention_piece_of(run, &place, k, rows);
            cr_assert_eq(piece.shared, pieces[piece.unit] > 1);
            cr_assert(!piece.shared || k < 2, "only the first and the last piece are shared");
        }
    }
    for (uint32_t unit = 0; unit < run->units; unit++) {
        cr_assert_eq(next[unit], rows, "unit %u: %u of %u rows", unit, next[unit], rows);
        cr_assert_eq(newest[unit], 1);
    }
    free(next);
    free(newest);
    free(pieces);
}

static void judge_rows(const struct planner *planner, const struct knobs *knobs,
                       const struct capacity_fixture *gpu, const struct plan *plan)
{
    (void)planner;
    (void)gpu;
    const struct attention_run run = attention_run_of(plan);
    const struct attention_shape shape = attention_shape_of(&plan->used);
    if ((uint64_t)run.units * run.splits > 1u << 16)
        return; /* more of the same, and slow */
    check_rows(&run, shape.context + 1);
    check_rows(&run, shape.context + (uint32_t)knobs->seq_len);
}

Test(attention_plan, every_row_is_read_exactly_once)
{
    plan_many(1, PERSISTENT, 1000, judge_rows);
}

/* Beyond what the planners choose. */
Test(attention_plan, every_row_is_read_exactly_once_however_it_is_cut)
{
    for (uint32_t units = 1; units <= 40; units++)
        for (uint32_t splits = 1; splits <= 40; splits += splits < 8 ? 1 : 5)
            for (uint32_t programs = 1; programs <= units * splits && programs <= 140; programs++)
                check_rows(
                    &(struct attention_run){.programs = programs, .units = units, .splits = splits},
                    1 + programs * 17);
}

/* What a program takes for the programs of its share are those that have pieces of the unit, and it
 * finds their partials: of the first in the slot of its last piece unless the unit is its first,
 * of the others in the slot of their first piece. */
static void judge_shares(const struct planner *planner, const struct knobs *knobs,
                         const struct capacity_fixture *gpu, const struct plan *plan)
{
    (void)planner;
    (void)knobs;
    const struct attention_run run = attention_run_of(plan);
    cr_assert_leq(run.programs, gpu->device.units);
    for (uint32_t program = 0; program < run.programs; program++) {
        const struct attention_place place = attention_place_of(&run, program);
        for (uint32_t k = 0; k < 2; k++) {
            const struct attention_share share = attention_share_of(&run, &place, k);
            if (!share.shared)
                continue;
            cr_assert_gt(share.count, 1);
            cr_assert(share.first <= program && program < share.first + share.count);
            for (uint32_t other = 0; other < run.programs; other++) {
                const struct attention_place there = attention_place_of(&run, other);
                const bool has = there.unit <= share.unit && share.unit < there.unit + there.pieces;
                const uint32_t slot = there.unit != share.unit;
                cr_assert_eq(has, share.first <= other && other < share.first + share.count);
                if (has)
                    cr_assert_eq(slot, other == share.first ? share.first_slot : 0);
            }
        }
    }
}

Test(attention_plan, programs_that_share_a_unit_agree_on_it)
{
    plan_many(2, PERSISTENT, 1000, judge_shares);
}

/* ---- what a plan takes ----------------------------------------------------------------------- */

static void judge_fit(const struct planner *planner, const struct knobs *knobs,
                      const struct capacity_fixture *gpu, const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    capacity_check(gpu, plan);
    cr_assert_leq(plan->shared_bytes, gpu->device.shared_bytes);
    cr_assert_geq(plan->shared_bytes,
                  attention_fixed_bytes(&shape, &units, plan->warps) +
                      plan->stages * plan->warps * attention_row_block_bytes(&shape));
    cr_assert_leq(plan->warps, ATTENTION_WARPS);
    cr_assert_geq(plan->threads, 32 * plan->warps);
    cr_assert_geq(plan->stages, 1);
    cr_assert_eq(plan->cluster, 1);
    cr_assert_eq(plan->cooperative, is_persistent(planner));
    if (is_persistent(planner)) {
        cr_assert_leq(plan->programs, gpu->device.units, "one program per SM");
        cr_assert_eq(plan->ctas, plan->programs);
        cr_assert_gt(plan->work_bytes, attention_partial_bytes(plan));
    } else {
        cr_assert_eq(plan->programs, units.count);
        cr_assert_eq(plan->ctas, units.count * plan->splits);
    }
    cr_assert_leq(attention_lay_out(&shape).total + plan->work_bytes,
                  gpu->device.memory_free_bytes);
    cr_assert_neq(plan->used.copies, KNOB_AUTO);
    if (!is_persistent(planner) && planner->stepper.splits > 0)
        cr_assert_eq(plan->used.splits, knobs->splits, "it does not read SPLITS");
    else
        cr_assert_eq(plan->used.splits, plan->splits);
}

Test(attention_plan, plans_fit_their_device)
{
    plan_many(3, PLANNERS, 3000, judge_fit);
}

/* What was decided decides the same again. Where SPLITS is auto it need not: as many splits by hand
 * may share the rows among more programs than auto thought worth while. */
static void judge_same(const struct planner *planner, const struct knobs *knobs,
                       const struct capacity_fixture *gpu, const struct plan *plan)
{
    struct plan again = must_make(planner, knobs, gpu);
    cr_assert_eq(memcmp(plan, &again, sizeof again), 0);
    if (knobs->splits == 0)
        return;
    again = must_make(planner, &plan->used, gpu);
    cr_assert_eq(memcmp(plan, &again, sizeof again), 0);
}

Test(attention_plan, same_knobs_same_plan)
{
    plan_many(4, PLANNERS, 3000, judge_same);
}

/* ---- SPLITS ---------------------------------------------------------------------------------- */

Test(attention_plan, splits_by_hand_are_obeyed_or_refused)
{
    static const int64_t splits[] = {1, 2, 3, 7, 33, 64, 256};
    uint64_t random = 5;
    for (int i = 0; i < DRAWS; i++) {
        struct knobs knobs = draw(&random);
        struct capacity_fixture gpu =
            capacity_gpu((enum capacity_name)random_below(&random, CAPACITY_NAMES));
        for (size_t p = 0; p < PLANNERS; p++) {
            struct plan plan;
            struct error error;
            knobs.splits = splits[random_below(&random, sizeof splits / sizeof *splits)];
            if (!make(&planners[p], &knobs, &gpu, &plan, &error))
                cr_assert_gt(strlen(error.text), 20);
            else if (planners[p].stepper.splits == 0)
                cr_assert_eq(plan.splits, knobs.splits);
            cr_assert_eq(plan.used.splits, knobs.splits);
        }
    }
}

static uint64_t rows_of(const struct attention_run *run, uint32_t program, uint32_t rows)
{
    const struct attention_place place = attention_place_of(run, program);
    uint64_t sum = 0;
    for (uint32_t k = 0; k < place.pieces; k++) {
        const struct attention_piece piece = attention_piece_of(run, &place, k, rows);
        sum += piece.end - piece.row;
    }
    return sum;
}

/* Rows of K and V that are read while programs synchronise: 192 KiB. */
static uint64_t synchronisation_rows(const struct attention_shape *shape)
{
    return (UINT64_C(192) << 10) /
           (uint64_t)(2 * shape->head_dim * attention_element_bytes(shape->type));
}

/* What the busiest program reads in the last step, against its share if all SMs worked: a fifteenth
 * more if that spares programs a second unit, what is read while programs synchronise, one of 256
 * parts, and what is too little to share. And no more than one part above any other program. */
static void judge_balance(const struct planner *planner, const struct knobs *knobs,
                          const struct capacity_fixture *gpu, const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_run run = attention_run_of(plan);
    const uint32_t rows = attention_rows(&shape);
    const uint64_t share = (uint64_t)run.units * rows / gpu->device.units;
    const uint64_t spared = share / 15 + synchronisation_rows(&shape);
    uint64_t most = 0, least = UINT64_MAX;
    if (knobs->splits > 0)
        return;
    for (uint32_t program = 0; program < run.programs; program++) {
        const uint64_t own = rows_of(&run, program, rows);
        most = own > most ? own : most;
        least = own < least ? own : least;
    }
    cr_assert_leq(most, share + spared + rows / 256 + 4 * ATTENTION_CUT, "%s on %s: %u x %u rows",
                  name_of(planner), gpu->name, run.units, rows);
    cr_assert_leq(most, share + rows + ATTENTION_CUT, "more than a unit above the share");
    cr_assert_leq(most - least, rows / run.splits + 2 * ATTENTION_CUT, "%s on %s: %u x %u rows",
                  name_of(planner), gpu->name, run.units, rows);
}

Test(attention_plan, auto_leaves_programs_with_even_shares)
{
    plan_many(6, PERSISTENT, 1000, judge_balance);
}

/* Rows that one CTA after the other reads on an SM: SPLITS by `auto` make them no more. */
static void judge_waves(const struct planner *planner, const struct knobs *knobs,
                        const struct capacity_fixture *gpu, const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const uint64_t rows = attention_rows(&shape), units = plan->programs;
    const uint64_t room = (uint64_t)gpu->device.units *
                          capacity_ctas(gpu, plan->kernel, plan->threads, plan->shared_bytes);
    const uint64_t waves = (units + room - 1) / room;
    const uint64_t split_waves = (units * plan->splits + room - 1) / room;
    if (is_persistent(planner) || planner->stepper.splits > 0 || knobs->splits > 0)
        return;
    cr_assert_leq(split_waves * rows, waves * rows * plan->splits, "%s: %u splits", gpu->name,
                  plan->splits);
    if (units * 2 <= room && rows >= 4096)
        cr_assert_gt(plan->splits, 1, "half of %s idles", gpu->name);
}

Test(attention_plan, auto_splits_only_where_that_reads_faster)
{
    plan_many(7, PLANNERS, 3000, judge_waves);
}

/* ---- less of a device ------------------------------------------------------------------------ */

Test(attention_plan, less_shared_memory_makes_a_smaller_plan_or_a_sentence)
{
    const struct knobs knobs = defaults();
    for (size_t p = 0; p < PLANNERS; p++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        uint32_t stages = UINT32_MAX, shared = UINT32_MAX;
        bool made = true;
        while (gpu.device.shared_bytes > 4096) {
            struct plan plan;
            struct error error;
            gpu.asked_count = 0;
            if (!make(&planners[p], &knobs, &gpu, &plan, &error)) {
                made = false;
                cr_assert_not_null(strstr(error.text, "shared memory"), "%s", error.text);
            } else {
                cr_assert(made, "%s fits again with less", name_of(&planners[p]));
                capacity_check(&gpu, &plan);
                cr_assert(plan.stages <= stages && plan.shared_bytes <= shared);
                stages = plan.stages, shared = plan.shared_bytes;
            }
            gpu.device.shared_bytes -= 4096;
            gpu.shared_per_sm -= 4096;
        }
        cr_assert_not(made, "%s needs no shared memory", name_of(&planners[p]));
    }
}

Test(attention_plan, fewer_sms_have_fewer_programs)
{
    struct knobs knobs = defaults();
    knobs.context = 8192;
    for (size_t p = 0; p < PERSISTENT; p++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        uint32_t programs = UINT32_MAX;
        for (; gpu.device.units > 0; gpu.device.units--) {
            const struct plan plan = must_make(&planners[p], &knobs, &gpu);
            cr_assert_leq(plan.programs, gpu.device.units);
            cr_assert_leq(plan.programs, programs);
            programs = plan.programs;
            gpu.asked_count = 0;
        }
    }
}

Test(attention_plan, less_memory_is_refused_with_what_is_needed)
{
    const struct knobs knobs = defaults();
    for (size_t p = 0; p < PLANNERS; p++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        struct plan plan = must_make(&planners[p], &knobs, &gpu);
        struct error error;
        gpu.device.memory_free_bytes = 1 << 20;
        cr_assert_not(make(&planners[p], &knobs, &gpu, &plan, &error));
        cr_assert_not_null(strstr(error.text, "COPIES 4 needs"), "%s", error.text);
        cr_assert_eq(plan.used.copies, 4, "twice the L2 of 60 MiB and one, of 33 MiB each");
    }
}

/* ---- sentences ------------------------------------------------------------------------------- */

static void check_refused(const struct planner *planner, const struct knobs *knobs,
                          const struct capacity_fixture *gpu, const char *text)
{
    struct plan plan;
    struct error error;
    cr_assert_not(make(planner, knobs, gpu, &plan, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    cr_assert_str_eq(error.text, text);
}

Test(attention_plan, what_cannot_run_is_named)
{
    struct capacity_fixture a100 = capacity_gpu(CAPACITY_A100);
    struct capacity_fixture laptop = capacity_gpu(CAPACITY_LAPTOP);
    struct capacity_fixture h100 = capacity_gpu(CAPACITY_H100);
    const struct planner *copies = &planners[1], *tma = &planners[3], *graph = &planners[6];
    struct knobs knobs = defaults();
    check_refused(tma, &knobs, &a100, "tma needs compute capability 9.0; this device has 8.0");
    check_refused(graph, &knobs, &laptop,
                  "programmatic edges need compute capability 9.0; this device has 8.9");
    knobs.seq_len = 2049;
    check_refused(graph, &knobs, &h100, "graph captures at most 2048 steps");
    knobs = defaults();
    a100.device.cooperative = false;
    check_refused(copies, &knobs, &a100,
                  "copies needs cooperative launches, which this device lacks");
    knobs.kv_tile = 128;
    knobs.kv_stages = 8;
    check_refused(copies, &knobs, &laptop,
                  "copies: KV_STAGES 8 at KV_TILE 128 needs 553216 bytes of shared memory; a CTA "
                  "has 101376, which is room for 1");
    knobs.head_dim = 96;
    check_refused(copies, &knobs, &h100, "HEAD_DIM 96 is not one of attention's: 64 or 128");
}

/* Registers for fewer threads than a CTA has. */
Test(attention_plan, a_cta_that_no_sm_holds_is_refused)
{
    static const struct capacity_kernel large = {.registers = 255};
    struct capacity_fixture gpu = capacity_gpu(CAPACITY_H100);
    const void *only[ATTENTION_KERNELS];
    struct planner producers = planners[2];
    struct knobs knobs = defaults();
    for (size_t i = 0; i < ATTENTION_KERNELS; i++)
        only[i] = &large;
    producers.loader.kernels = only;
    knobs.kv_tile = 128;
    struct plan plan;
    struct error error;
    cr_assert_not(make(&producers, &knobs, &gpu, &plan, &error));
    cr_assert_not_null(strstr(error.text, "a CTA of 384 threads"), "%s", error.text);
}

/* ---- extremes -------------------------------------------------------------------------------- */

/* Each knob of attention at both ends, two at a time, all others as they are by default. */
Test(attention_plan, knobs_at_their_ends_are_planned_or_refused)
{
    for (int a = 0; a < KNOB_COUNT; a++) {
        for (int b = 0; b <= a; b++) {
            if (!(ATTENTION_KNOBS >> a & ATTENTION_KNOBS >> b & 1))
                continue;
            for (int ends = 0; ends < 4; ends++) {
                struct knobs knobs = defaults();
                knobs.value[a] = ends & 1 ? knob_table[a].most : knob_table[a].least;
                knobs.value[b] = ends & 2 ? knob_table[b].most : knob_table[b].least;
                for (int name = 0; name < CAPACITY_NAMES; name++) {
                    for (size_t p = 0; p < PLANNERS; p++) {
                        struct capacity_fixture gpu = capacity_gpu((enum capacity_name)name);
                        struct plan plan;
                        struct error error;
                        if (make(&planners[p], &knobs, &gpu, &plan, &error))
                            judge_fit(&planners[p], &knobs, &gpu, &plan);
                        else
                            cr_assert_gt(strlen(error.text), 20);
                    }
                }
            }
        }
    }
}

/* ---- tensors --------------------------------------------------------------------------------- */

Test(attention_plan, tensors_do_not_overlap)
{
    uint64_t random = 8;
    for (int i = 0; i < DRAWS; i++) {
        struct knobs knobs = draw(&random);
        attention_resolve_copies(&knobs, 0);
        const struct attention_shape shape = attention_shape_of(&knobs);
        const struct attention_layout layout = attention_lay_out(&shape);
        const uint64_t row = (uint64_t)shape.head_dim * attention_element_bytes(shape.type);
        const uint64_t steps = (uint64_t)shape.batch * shape.seq_len;
        cr_assert_geq(layout.out, row * steps * shape.heads);
        cr_assert_geq(layout.new_rows - layout.out, row * steps * shape.kv_heads);
        cr_assert_geq(layout.new_bytes, row * steps * shape.kv_heads);
        cr_assert_geq(layout.cache - layout.new_rows, 2 * layout.new_bytes);
        cr_assert_geq(layout.cache_bytes,
                      row * attention_cache_offset(&shape, shape.copies, 0, 0, 0) / shape.head_dim);
        cr_assert_geq(layout.total - layout.cache, 2 * layout.cache_bytes);
        cr_assert_geq(layout.total, attention_tensor_bytes(&shape));
        cr_assert_eq((layout.out | layout.new_rows | layout.cache | layout.cache_bytes) % 1024, 0);
    }
}
