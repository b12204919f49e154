#include "attention_planners.h"

#include <stdlib.h>

TestSuite(attention_run, .init = fill_kernels);

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

Test(attention_run, every_row_is_read_exactly_once)
{
    plan_many(1, PERSISTENT, 1000, judge_rows);
}

/* Beyond what the planners choose. */
Test(attention_run, every_row_is_read_exactly_once_however_it_is_cut)
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
    cr_assert_leq(run.programs, gpu->device.units * plan->used.ctas_per_sm);
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

Test(attention_run, programs_that_share_a_unit_agree_on_it)
{
    plan_many(2, PERSISTENT, 1000, judge_shares);
}

/* ---- how even the shares are ------------------------------------------------------------------
 */

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

/* What the busiest program reads in the last step, against its share of all SMs' work: a fifteenth
 * more if that spares programs a second unit, what is read while programs synchronise, one of 256
 * parts, and what is too little to share. And no more than one part above any other program. */
static void judge_balance(const struct planner *planner, const struct knobs *knobs,
                          const struct capacity_fixture *gpu, const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_run run = attention_run_of(plan);
    const uint32_t rows = attention_rows(&shape);
    const uint64_t ctas_per_sm = (uint64_t)plan->used.ctas_per_sm;
    const uint64_t share = (uint64_t)run.units * rows / (gpu->device.units * ctas_per_sm);
    const uint64_t spared = share / 15 + synchronisation_rows(&shape) / ctas_per_sm;
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

Test(attention_run, auto_leaves_programs_with_even_shares)
{
    plan_many(6, PERSISTENT, 1000, judge_balance);
}
