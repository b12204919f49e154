#include "../../kernels/plan/attention_deal.h"
#include "attention_planners.h"

TestSuite(attention_deal, .init = fill_kernels);

/* A deal, and its input. */
struct dealt {
    struct attention_shape shape;
    struct attention_units units;
    struct attention_deal deal;
};

static struct dealt deal(const struct attention_shape *shape, const struct attention_units *units,
                         uint32_t programs, uint32_t splits)
{
    struct dealt dealt = {.shape = *shape, .units = *units};
    cr_assert(attention_deal_make(shape, units, programs, splits, &dealt.deal));
    cr_assert_leq(dealt.deal.pieces_count, attention_deal_most(units->count, programs));
    return dealt;
}

static struct dealt deal_plan(const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    return deal(&shape, &units, plan->programs, plan->splits);
}

/* ---- which rows a program reads -------------------------------------------------------------- */

struct rows {
    uint32_t row, end;
};

static int by_row(const void *left, const void *right)
{
    const struct rows *a = left, *b = right;
    return a->row != b->row ? (a->row < b->row ? -1 : 1) : (a->end > b->end) - (a->end < b->end);
}

/* Every row of a unit, including the newest, is in exactly one of the unit's pieces. */
static void check_unit(struct rows *rows, uint32_t count, uint32_t all)
{
    uint32_t next = 0, newest = 0;
    qsort(rows, count, sizeof *rows, by_row);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(rows[i].row, next, "row %u after row %u", rows[i].row, next);
        cr_assert(rows[i].row % ATTENTION_CUT == 0);
        next = rows[i].end;
        newest += rows[i].end == all;
    }
    cr_assert_eq(next, all);
    cr_assert_eq(newest, 1, "%u pieces have the newest row", newest);
}

static void check_rows(const struct dealt *dealt, uint32_t t)
{
    const struct attention_deal *all = &dealt->deal;
    const uint32_t units = dealt->units.count;
    uint32_t *begin = calloc(units + 2, sizeof *begin);
    struct rows *rows = calloc(all->pieces_count, sizeof *rows);
    cr_assert(begin && rows);
    for (uint32_t i = 0; i < all->pieces_count; i++)
        begin[all->pieces[i].number + 2]++;
    for (uint32_t unit = 0; unit < units; unit++)
        begin[unit + 1] += begin[unit];
    for (uint32_t i = 0; i < all->pieces_count; i++) {
        const struct attention_piece *piece = &all->pieces[i];
        const uint32_t of_unit = attention_unit_rows(&piece->unit, t);
        rows[begin[piece->number + 1]++] =
            (struct rows){attention_piece_row(piece, of_unit), attention_piece_end(piece, of_unit)};
    }
    for (uint32_t unit = 0; unit < units; unit++) {
        const uint32_t pair = unit / dealt->units.blocks, b = pair / dealt->shape.kv_heads;
        check_unit(rows + begin[unit], begin[unit + 1] - begin[unit],
                   attention_context(&dealt->shape, b) + t + 1);
    }
    free(begin);
    free(rows);
}

/* A program's pieces are adjacent in the table, shared ones first. A unit's partials are adjacent,
 * each piece has its own, and all pieces agree on their number. */
static void check_shares(const struct dealt *dealt)
{
    const struct attention_deal *all = &dealt->deal;
    uint32_t next = 0, *pieces = calloc(dealt->units.count, sizeof *pieces);
    bool *taken = calloc(all->slots + 1, sizeof *taken);
    cr_assert(pieces && taken);
    for (uint32_t i = 0; i < all->pieces_count; i++)
        pieces[all->pieces[i].number]++;
    cr_assert_leq(all->slots, 2 * all->programs);
    for (uint32_t program = 0; program < all->programs; program++) {
        const struct attention_place *place = &all->places[program];
        cr_assert_gt(place->pieces, 0, "program %u of %u has nothing", program, all->programs);
        cr_assert_eq(place->first, next);
        next += place->pieces;
        for (uint32_t k = 0; k < place->pieces; k++) {
            const struct attention_piece *piece = &all->pieces[place->first + k];
            const bool shared = piece->count > 1;
            cr_assert_eq(piece->count, pieces[piece->number]);
            cr_assert(!shared || k == 0 || (k == 1 && all->pieces[place->first].count > 1),
                      "shared pieces come first, and there are two at most");
            if (!shared)
                continue;
            cr_assert(piece->first <= piece->own && piece->own < piece->first + piece->count);
            cr_assert_lt(piece->own, all->slots);
            cr_assert_not(taken[piece->own]);
            taken[piece->own] = true;
        }
    }
    cr_assert_eq(next, all->pieces_count);
    free(pieces);
    free(taken);
}

/* The heads of a K/V head's units are those of its group, each once. */
static void check_units(const struct dealt *dealt)
{
    for (uint32_t i = 0; i < dealt->deal.pieces_count; i++) {
        const struct attention_piece *piece = &dealt->deal.pieces[i];
        const struct attention_unit *unit = &piece->unit;
        const uint32_t group = attention_group(&dealt->shape);
        const uint32_t block = piece->number % dealt->units.blocks;
        cr_assert_eq(unit->head / group, unit->g);
        cr_assert_eq(unit->head % group, block * dealt->units.columns);
        cr_assert(unit->heads > 0 && unit->heads <= dealt->units.heads);
        cr_assert(unit->heads == dealt->units.columns || unit->head % group + unit->heads == group);
        cr_assert_eq(unit->context, attention_context(&dealt->shape, unit->b));
        cr_assert_eq((unit->b * dealt->shape.kv_heads + unit->g) * dealt->units.blocks + block,
                     piece->number);
    }
}

/* A program's `fences` include every step in which the newest row of one of its pieces completes a
 * row block. */
static void check_fences(const struct dealt *dealt)
{
    const uint32_t rows = dealt->shape.type == DTYPE_FP32 ? 8 : 16;
    for (uint32_t program = 0; program < dealt->deal.programs; program++) {
        const struct attention_place *place = &dealt->deal.places[program];
        for (uint32_t k = 0; k < place->pieces; k++)
            for (uint32_t t = 0; t < rows; t++)
                if ((dealt->deal.pieces[place->first + k].unit.context + t) % rows == 0)
                    cr_assert(place->fences >> t % rows & 1);
    }
}

static void check_deal(const struct dealt *dealt)
{
    check_rows(dealt, 0);
    check_rows(dealt, dealt->shape.seq_len / 2);
    check_rows(dealt, dealt->shape.seq_len - 1);
    check_shares(dealt);
    check_units(dealt);
    check_fences(dealt);
}

static void judge_deal(const struct planner *planner, const struct knobs *knobs,
                       const struct capacity_fixture *gpu, const struct plan *plan)
{
    (void)planner;
    (void)knobs;
    cr_assert_leq(plan->programs, gpu->device.units * plan->used.ctas_per_sm);
    if ((uint64_t)plan->used.batch * plan->used.kv_heads > 1u << 14)
        return; /* such large plans are slow to check, and test nothing new */
    struct dealt dealt = deal_plan(plan);
    check_deal(&dealt);
    attention_deal_free(&dealt.deal);
}

Test(attention_deal, every_row_is_read_exactly_once)
{
    plan_many(1, PERSISTENT, 1000, judge_deal);
}

static struct attention_shape shape_of(int64_t batch, int64_t kv_heads, int64_t context,
                                       int64_t spread, int64_t seq_len)
{
    struct knobs knobs = defaults();
    knobs.batch = batch;
    knobs.kv_heads = kv_heads;
    knobs.num_heads = kv_heads * 4;
    knobs.context = context;
    knobs.context_spread = spread;
    knobs.seq_len = seq_len;
    knobs.copies = 1;
    return attention_shape_of(&knobs);
}

/* Includes divisions that no planner chooses. */
Test(attention_deal, every_row_is_read_exactly_once_in_any_division)
{
    uint64_t random = 11;
    for (int i = 0; i < 3000; i++) {
        const struct attention_shape shape =
            shape_of(1 + (int64_t)random_below(&random, 20), 1 + (int64_t)random_below(&random, 5),
                     (int64_t)random_below(&random, i % 2 ? 100 : 5000),
                     i % 3 ? (int64_t)random_below(&random, 101) : 0,
                     1 + (int64_t)random_below(&random, 200));
        const struct attention_units units = attention_units_of(&shape);
        uint32_t splits = (uint32_t)random_below(&random, 40);
        if (splits == 0 && shape.reach == 0)
            splits = 1;
        const uint64_t most =
            splits == 0 ? attention_deal_worth(&shape, &units) : (uint64_t)units.count * splits;
        const uint32_t programs =
            1 + (uint32_t)random_below(&random, most < 300 ? (uint32_t)most : 300);
        struct dealt dealt = deal(&shape, &units, programs, splits);
        check_deal(&dealt);
        attention_deal_free(&dealt.deal);
    }
}

/* ---- balance --------------------------------------------------------------------------------- */

static uint64_t rows_of(const struct dealt *dealt, uint32_t program, uint32_t t)
{
    const struct attention_place *place = &dealt->deal.places[program];
    uint64_t sum = 0;
    for (uint32_t k = 0; k < place->pieces; k++) {
        const struct attention_piece *piece = &dealt->deal.pieces[place->first + k];
        const uint32_t rows = attention_unit_rows(&piece->unit, t);
        sum += attention_piece_end(piece, rows) - attention_piece_row(piece, rows);
    }
    return sum;
}

/* Rows of K and V that memory delivers during a barrier: 192 KiB. */
static uint64_t synchronisation_rows(const struct attention_shape *shape)
{
    return (UINT64_C(192) << 10) /
           (uint64_t)(2 * shape->head_dim * attention_element_bytes(shape->type));
}

/* Checks that in the last step the busiest program reads little more than an equal share of the
 * rows. The excess may be: a fifteenth of the share, plus the rows that memory delivers during a
 * barrier, plus a 256th of a unit, plus a few rows. If all sequences have the same length, that
 * program also reads at most about one split more than any other program. */
static void judge_balance(const struct planner *planner, const struct knobs *knobs,
                          const struct capacity_fixture *gpu, const struct plan *plan)
{
    struct dealt dealt = deal_plan(plan);
    const struct attention_shape *shape = &dealt.shape;
    const uint32_t rows = attention_rows(shape), last = shape->seq_len - 1;
    const uint64_t ctas_per_sm = (uint64_t)plan->used.ctas_per_sm;
    const uint64_t all = (shape->contexts + (uint64_t)shape->batch * shape->seq_len) *
                         (dealt.units.count / shape->batch);
    const uint64_t share = all / (gpu->device.units * ctas_per_sm);
    const uint64_t spared = share / 15 + synchronisation_rows(shape) / ctas_per_sm;
    uint64_t most = 0, least = UINT64_MAX;
    for (uint32_t program = 0; program < dealt.deal.programs; program++) {
        const uint64_t own = rows_of(&dealt, program, last);
        most = own > most ? own : most;
        least = own < least ? own : least;
    }
    if (knobs->splits == 0 && shape->reach == 0) {
        cr_assert_leq(most, share + spared + rows / 256 + 4 * ATTENTION_CUT,
                      "%s on %s: %u x %u rows", name_of(planner), gpu->name, dealt.units.count,
                      rows);
        cr_assert_leq(most, share + rows + ATTENTION_CUT, "more than a unit above the share");
        cr_assert_leq(most - least, rows / plan->splits + 2 * ATTENTION_CUT,
                      "%s on %s: %u x %u rows", name_of(planner), gpu->name, dealt.units.count,
                      rows);
    }
    /* The rows of a ragged batch are dealt in blocks of 32, and a unit's last block has up to 63.
     * Rows appended in the second half of an iteration are shared less evenly. */
    if (knobs->splits == 0 && shape->reach > 0)
        cr_assert_leq(most,
                      share + spared + 128 +
                          (uint64_t)shape->seq_len * (dealt.units.count / dealt.deal.programs + 2),
                      "%s on %s: %llu rows, share %llu, %u units", name_of(planner), gpu->name,
                      (unsigned long long)most, (unsigned long long)share, dealt.units.count);
    attention_deal_free(&dealt.deal);
}

Test(attention_deal, auto_leaves_programs_with_even_shares)
{
    plan_many(6, PERSISTENT, 1000, judge_balance);
}

/* ---- the shape ------------------------------------------------------------------------------- */

Test(attention_deal, contexts_spread_evenly_about_the_mean)
{
    const struct attention_shape shape = shape_of(4000, 1, 1000, 90, 1);
    uint64_t sum = 0;
    uint32_t low = 0, high = 0;
    for (uint32_t b = 0; b < shape.batch; b++) {
        const uint32_t context = attention_context(&shape, b);
        cr_assert(context >= 100 && context <= 1900);
        low += context < 550;
        high += context > 1450;
        sum += context;
    }
    cr_assert_eq(sum, shape.contexts);
    cr_assert(sum / 4000 > 970 && sum / 4000 < 1030, "mean %llu", (unsigned long long)sum / 4000);
    cr_assert(low > 900 && low < 1100 && high > 900 && high < 1100, "%u below, %u above", low,
              high);
}

Test(attention_deal, every_page_belongs_to_one_sequence)
{
    static const int64_t sizes[] = {16, 32, 64, 128, 256};
    for (int i = 0; i < 40; i++) {
        struct knobs knobs = defaults();
        knobs.batch = 1 + i;
        knobs.context = 37 * i;
        knobs.context_spread = i % 3 * 40;
        knobs.page_size = sizes[i % 5];
        knobs.copies = 1;
        const struct attention_shape shape = attention_shape_of(&knobs);
        const uint32_t columns = attention_table_pages(&shape);
        uint32_t *pages = malloc(shape.batch * columns * sizeof *pages), used = 0;
        bool *taken = calloc(shape.pages, sizeof *taken);
        cr_assert(pages && taken && attention_fill_pages(&shape, pages));
        for (uint32_t b = 0; b < shape.batch; b++) {
            const uint32_t rows = attention_context(&shape, b) + shape.seq_len;
            for (uint32_t j = 0; j < columns; j++) {
                const uint32_t page = pages[b * columns + j];
                cr_assert_eq(page == UINT32_MAX, (int64_t)j * knobs.page_size >= rows);
                if (page == UINT32_MAX)
                    continue;
                cr_assert_lt(page, shape.pages);
                cr_assert_not(taken[page]);
                taken[page] = true;
                used++;
            }
        }
        cr_assert_eq(used, shape.pages);
        free(pages);
        free(taken);
    }
}
