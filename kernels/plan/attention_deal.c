#include "attention_deal.h"
#include "attention_plan.h"

#include <stdlib.h>

#define ROWS_LEAST  32u  /* per piece; with fewer rows, a piece's sums cost more than its rows */
#define PIECES_MOST 256u /* per unit, as for SPLITS */

/* If each unit has its own programs, the largest load may exceed an equal share by a sixteenth, and
 * by ATTENTION_CUT because pieces start at multiples of that many rows. Equal runs of rows would be
 * more even, but give some programs pieces of two units. In every step, such a program writes two
 * partials, waits for the programs of both units, and combines the partials of both. */
#define EVEN_MOST(rows) ((rows) + (rows) / 16 + ATTENTION_CUT)

/* The state of a deal in progress. */
struct dealer {
    const struct attention_shape *shape;
    const struct attention_units *units;
    struct attention_deal *deal;
    uint32_t *rows;   /* [units]: rows to balance */
    uint32_t *shares; /* [units]: number of pieces */
    uint32_t *slots;  /* [units]: the slot of the unit's next partial; scratch before that */
};

/* ---- units ---------------------------------------------------------------------------------- */

static uint32_t pair_of(const struct attention_units *units, uint32_t unit)
{
    return unit / units->blocks;
}

static struct attention_unit unit_of(const struct attention_shape *shape,
                                     const struct attention_units *units, uint32_t number)
{
    const uint32_t group = attention_group(shape), pair = pair_of(units, number);
    const uint32_t skipped = number % units->blocks * units->columns;
    struct attention_unit unit = {.b = pair / shape->kv_heads, .g = pair % shape->kv_heads};
    unit.head = unit.g * group + skipped;
    unit.heads = group - skipped < units->columns ? group - skipped : units->columns;
    unit.context = attention_context(shape, unit.b);
    return unit;
}

/* The number of rows that count for balance: a unit's rows in the middle of an iteration. */
static uint32_t rows_of(const struct attention_shape *shape, const struct attention_units *units,
                        uint32_t unit)
{
    return attention_context(shape, pair_of(units, unit) / shape->kv_heads) +
           (shape->seq_len + 1) / 2;
}

static uint64_t rows_in_all(const struct attention_shape *shape,
                            const struct attention_units *units)
{
    return (shape->contexts + (uint64_t)shape->batch * ((shape->seq_len + 1) / 2)) *
           (units->count / shape->batch);
}

uint64_t attention_deal_most(uint32_t units, uint32_t programs)
{
    return (uint64_t)units + programs;
}

/* Blocks of ROWS_LEAST rows; the last block includes the remainder. */
static uint32_t blocks_of(uint32_t rows)
{
    return rows < ROWS_LEAST ? 1 : rows / ROWS_LEAST;
}

uint64_t attention_deal_worth(const struct attention_shape *shape,
                              const struct attention_units *units)
{
    const uint32_t of_sequence = units->count / shape->batch;
    uint64_t worth = 0;
    for (uint32_t b = 0; b < shape->batch; b++)
        worth += blocks_of(rows_of(shape, units, b * of_sequence));
    return worth * of_sequence;
}

/* ---- pieces --------------------------------------------------------------------------------- */

/* Converts a row to a fraction of `rows`, in units of 2^-32. For row == rows returns 0, which means
 * up to the end. */
static uint32_t part_of(uint64_t row, uint64_t rows)
{
    return (uint32_t)(((row << 32) + rows - 1) / rows);
}

/* Appends a piece to `program`, which must be the last program so far. number_partials assigns
 * partials later. */
static void add(struct dealer *dealer, uint32_t program, uint32_t unit, uint32_t from, uint32_t to)
{
    struct attention_deal *deal = dealer->deal;
    struct attention_place *place = &deal->places[program];
    if (place->pieces++ == 0)
        place->first = deal->pieces_count;
    deal->pieces[deal->pieces_count++] =
        (struct attention_piece){.unit = unit_of(dealer->shape, dealer->units, unit),
                                 .from = from,
                                 .to = to,
                                 .number = unit};
    dealer->shares[unit]++;
}

/* Gives programs equal runs of equal parts. */
static void deal_parts(struct dealer *dealer, uint32_t splits)
{
    const uint32_t programs = dealer->deal->programs;
    const uint64_t parts = (uint64_t)dealer->units->count * splits;
    for (uint32_t program = 0; program < programs; program++) {
        const uint64_t end = parts * (program + 1) / programs;
        for (uint64_t part = parts * program / programs; part < end;) {
            const uint32_t unit = (uint32_t)(part / splits), first = (uint32_t)(part % splits);
            const uint64_t left = end - part;
            const uint32_t last = left < splits - first ? first + (uint32_t)left : splits;
            add(dealer, program, unit, part_of(first, splits),
                last == splits ? 0 : part_of(last, splits));
            part += last - first;
        }
    }
}

/* Gives each unit its own shares[unit] programs. */
static void deal_even(struct dealer *dealer, const uint32_t *shares)
{
    uint32_t program = 0;
    for (uint32_t unit = 0; unit < dealer->units->count; unit++)
        for (uint32_t i = 0; i < shares[unit]; i++)
            add(dealer, program++, unit, part_of(i, shares[unit]),
                i + 1 == shares[unit] ? 0 : part_of(i + 1, shares[unit]));
}

/* Decides how many programs each unit gets: the next program always goes to the unit with the most
 * rows per program. Returns the largest load in rows; UINT64_MAX: too many pieces in one unit. */
static uint64_t share_programs(const struct dealer *dealer, uint32_t *shares)
{
    const uint32_t units = dealer->units->count, *rows = dealer->rows;
    uint64_t fullest = 0;
    for (uint32_t unit = 0; unit < units; unit++)
        shares[unit] = 1;
    for (uint32_t left = dealer->deal->programs - units; left > 0; left--) {
        uint32_t most = 0;
        for (uint32_t unit = 1; unit < units; unit++)
            if ((uint64_t)rows[unit] * shares[most] > (uint64_t)rows[most] * shares[unit])
                most = unit;
        shares[most]++;
    }
    for (uint32_t unit = 0; unit < units; unit++) {
        const uint64_t own = (rows[unit] + shares[unit] - 1) / shares[unit];
        if (shares[unit] > PIECES_MOST)
            return UINT64_MAX;
        fullest = own > fullest ? own : fullest;
    }
    return fullest;
}

/* A unit, and the totals of the units before it. */
struct cursor {
    uint32_t unit;
    uint64_t blocks, rows;
};

static void go_on(const struct dealer *dealer, struct cursor *at)
{
    const uint32_t rows = dealer->rows[at->unit++];
    at->blocks += blocks_of(rows);
    at->rows += rows;
}

/* Where a run that should end at `row` ends: at the nearest end of a block, numbered over all
 * units. */
static uint64_t find_block(const struct dealer *dealer, struct cursor *at, uint64_t row)
{
    while (row > at->rows + dealer->rows[at->unit])
        go_on(dealer, at);
    const uint64_t blocks = blocks_of(dealer->rows[at->unit]);
    const uint64_t block = (row - at->rows + ROWS_LEAST / 2) / ROWS_LEAST;
    return at->blocks +
           (row == at->rows + dealer->rows[at->unit] || block > blocks ? blocks : block);
}

/* Gives blocks [first, end), numbered over all units, to a program. */
static void add_blocks(struct dealer *dealer, uint32_t program, struct cursor *at, uint64_t first,
                       uint64_t end)
{
    while (first < end) {
        const uint32_t rows = dealer->rows[at->unit], blocks = blocks_of(rows);
        const uint64_t behind = at->blocks + blocks;
        const uint64_t last = end < behind ? end : behind;
        add(dealer, program, at->unit, part_of((first - at->blocks) * ROWS_LEAST, rows),
            last == behind ? 0 : part_of((last - at->blocks) * ROWS_LEAST, rows));
        first = last;
        if (last == behind)
            go_on(dealer, at);
    }
}

/* Gives programs equal runs of all rows, each at least one block of ROWS_LEAST rows. */
static void deal_line(struct dealer *dealer)
{
    const uint64_t rows = rows_in_all(dealer->shape, dealer->units);
    const uint64_t blocks = attention_deal_worth(dealer->shape, dealer->units);
    const uint32_t programs = dealer->deal->programs;
    struct cursor cut = {0}, at = {0};
    uint64_t first = 0;
    for (uint32_t program = 0; program < programs; program++) {
        const uint64_t most = blocks - (programs - program - 1); /* one block per later program */
        uint64_t end = find_block(dealer, &cut, rows * (program + 1) / programs);
        end = end > first ? end : first + 1;
        end = end < most ? end : most;
        add_blocks(dealer, program, &at, first, end);
        first = end;
    }
}

/* ---- whole units ---------------------------------------------------------------------------- */

/* A load is stored as rows * programs + program, so that one comparison orders loads by rows, then
 * by program. */

/* Adds `more` to heap[0], the smallest element, and restores the heap. heap[count] must be larger
 * than all elements. */
static void add_to_first(uint64_t *heap, uint32_t count, uint64_t more)
{
    const uint64_t sum = heap[0] + more;
    uint32_t at = 0;
    for (uint32_t child = 1; child < count; child = 2 * at + 1) {
        child += heap[child + 1] < heap[child];
        if (heap[child] >= sum)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = sum;
}

struct ranked {
    uint32_t rows, b;
};

static int by_rows(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->rows != b->rows)
        return a->rows > b->rows ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

/* Assigns each unit to a program; `owners` may be NULL. Returns the largest load in rows;
 * UINT64_MAX: out of memory. */
static uint64_t assign(const struct attention_shape *shape, const struct attention_units *units,
                       uint32_t programs, uint32_t *owners)
{
    const uint32_t of_sequence = units->count / shape->batch;
    uint64_t *heap = malloc(((size_t)programs + 1) * sizeof *heap);
    struct ranked *ranked = malloc(shape->batch * sizeof *ranked);
    uint64_t fullest = heap && ranked ? 0 : UINT64_MAX;
    for (uint32_t i = 0; i < programs && fullest == 0; i++)
        heap[i] = i;
    for (uint32_t b = 0; b < shape->batch && fullest == 0; b++)
        ranked[b] = (struct ranked){.rows = rows_of(shape, units, b * of_sequence), .b = b};
    if (fullest == 0) {
        heap[programs] = UINT64_MAX;
        qsort(ranked, shape->batch, sizeof *ranked, by_rows);
    }
    for (uint64_t i = 0; i < units->count && fullest != UINT64_MAX; i++) {
        const struct ranked *sequence = &ranked[i / of_sequence];
        const uint64_t more = (uint64_t)sequence->rows * programs, sum = heap[0] + more;
        if (owners)
            owners[(uint64_t)sequence->b * of_sequence + i % of_sequence] =
                (uint32_t)(heap[0] % programs);
        fullest = sum > fullest ? sum : fullest;
        add_to_first(heap, programs, more);
    }
    free(heap);
    free(ranked);
    return fullest == UINT64_MAX ? fullest : fullest / programs;
}

uint64_t attention_deal_fullest(const struct attention_shape *shape,
                                const struct attention_units *units, uint32_t programs)
{
    return assign(shape, units, programs, NULL);
}

static bool deal_whole(struct dealer *dealer)
{
    const uint32_t units = dealer->units->count, programs = dealer->deal->programs;
    uint32_t *owners = dealer->slots; /* not in use yet */
    uint32_t *counts = calloc((size_t)programs + 1, sizeof *counts);
    uint32_t *order = malloc(units * sizeof *order);
    const bool right =
        counts && order && assign(dealer->shape, dealer->units, programs, owners) != UINT64_MAX;
    for (uint32_t unit = 0; right && unit < units; unit++)
        counts[owners[unit] + 1]++;
    for (uint32_t i = 0; right && i < programs; i++)
        counts[i + 1] += counts[i];
    for (uint32_t unit = 0; right && unit < units; unit++)
        order[counts[owners[unit]]++] = unit;
    for (uint32_t i = 0; right && i < units; i++)
        add(dealer, owners[order[i]], order[i], 0, 0);
    free(counts);
    free(order);
    return right;
}

/* ---- the deal ------------------------------------------------------------------------------- */

static void deal_by_rows(struct dealer *dealer)
{
    const uint64_t equal = rows_in_all(dealer->shape, dealer->units) / dealer->deal->programs + 1;
    const bool even = dealer->units->count <= dealer->deal->programs &&
                      share_programs(dealer, dealer->slots) <= EVEN_MOST(equal);
    if (even)
        deal_even(dealer, dealer->slots);
    else
        deal_line(dealer);
}

/* Moves a program's shared pieces to the front. Only its first and its last piece can be shared. */
static void put_shared_first(const struct dealer *dealer, const struct attention_place *place)
{
    struct attention_piece *pieces = dealer->deal->pieces + place->first;
    if (place->pieces < 2)
        return;
    const uint32_t last = place->pieces - 1;
    const uint32_t to = dealer->shares[pieces[0].number] > 1 ? 1 : 0;
    if (last == to || dealer->shares[pieces[last].number] == 1)
        return;
    const struct attention_piece moved = pieces[last];
    pieces[last] = pieces[to];
    pieces[to] = moved;
}

/* Numbers the partials of shared pieces. A unit's partials are consecutive. */
static void number_partials(struct dealer *dealer)
{
    struct attention_deal *deal = dealer->deal;
    deal->slots = 0;
    for (uint32_t unit = 0; unit < dealer->units->count; unit++) {
        dealer->slots[unit] = deal->slots;
        deal->slots += dealer->shares[unit] > 1 ? dealer->shares[unit] : 0;
    }
    for (uint32_t i = 0; i < deal->pieces_count; i++) {
        struct attention_piece *piece = &deal->pieces[i];
        piece->count = dealer->shares[piece->number];
        if (piece->count > 1)
            piece->first = dealer->slots[piece->number];
    }
    for (uint32_t i = 0; i < deal->pieces_count; i++)
        if (deal->pieces[i].count > 1)
            deal->pieces[i].own = dealer->slots[deal->pieces[i].number]++;
}

/* Member `fences` of a place: the steps in which the newest row completes a row block. */
static uint32_t fences_of(const struct dealer *dealer, const struct attention_place *place)
{
    const uint32_t rows = attention_row_block(dealer->shape);
    uint32_t fences = 0;
    for (uint32_t i = 0; i < place->pieces; i++)
        fences |= 1u << (rows - dealer->deal->pieces[place->first + i].unit.context % rows) % rows;
    return fences;
}

static bool deal_all(struct dealer *dealer, uint32_t splits)
{
    struct attention_deal *deal = dealer->deal;
    if (splits == 0)
        deal_by_rows(dealer);
    else if (dealer->shape->reach == 0 || splits > 1)
        deal_parts(dealer, splits);
    else if (!deal_whole(dealer))
        return false;
    for (uint32_t program = 0; program < deal->programs; program++) {
        put_shared_first(dealer, &deal->places[program]);
        deal->places[program].fences = fences_of(dealer, &deal->places[program]);
    }
    number_partials(dealer);
    return true;
}

bool attention_deal_make(const struct attention_shape *shape, const struct attention_units *units,
                         uint32_t programs, uint32_t splits, struct attention_deal *deal)
{
    struct dealer dealer = {.shape = shape, .units = units, .deal = deal};
    *deal = (struct attention_deal){.programs = programs};
    deal->places = calloc(programs, sizeof *deal->places);
    deal->pieces = malloc(attention_deal_most(units->count, programs) * sizeof *deal->pieces);
    dealer.rows = malloc(units->count * sizeof *dealer.rows);
    dealer.shares = calloc(units->count, sizeof *dealer.shares);
    dealer.slots = calloc(units->count, sizeof *dealer.slots);
    for (uint32_t unit = 0; dealer.rows && unit < units->count; unit++)
        dealer.rows[unit] = rows_of(shape, units, unit);
    const bool right = deal->places && deal->pieces && dealer.rows && dealer.shares &&
                       dealer.slots && deal_all(&dealer, splits);
    free(dealer.rows);
    free(dealer.shares);
    free(dealer.slots);
    if (!right)
        attention_deal_free(deal);
    return right;
}

void attention_deal_free(struct attention_deal *deal)
{
    free(deal->places);
    free(deal->pieces);
    *deal = (struct attention_deal){0};
}
