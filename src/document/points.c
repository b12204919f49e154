#include "points.h"
#include "../engine/knobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has(uint64_t mask, int id)
{
    return mask >> id & 1;
}

/* ---- indexing a recording ------------------------------------------------------------------- */

uint32_t points_row(const struct points *points, const char *variant)
{
    uint32_t row = 0;
    while (row < points->row_count && strcmp(points->rows[row].first->variant, variant) != 0)
        row++;
    return row;
}

/* Returns the knobs with more than one value among the runs that read them. Considers only the runs
 * of variant `row`, or all runs if `row` is row_count. */
static uint64_t find_varying(const struct points *points, uint32_t row)
{
    const struct run *first[KNOB_COUNT] = {NULL};
    uint64_t varying = 0;
    for (size_t i = 0; i < points->count; i++) {
        if (row < points->row_count && points->row_of[i] != row)
            continue;
        const struct run *run = &points->runs[i];
        const uint64_t reads = points->rows[points->row_of[i]].reads;
        for (int id = 0; id < KNOB_COUNT; id++) {
            if (!has(reads, id))
                continue;
            if (!first[id])
                first[id] = run;
            else if (run->asked.value[id] != first[id]->asked.value[id])
                varying |= UINT64_C(1) << id;
        }
    }
    return varying;
}

static size_t count_repeats(const struct points *points)
{
    size_t repeats = 0;
    for (size_t i = 0; i < points->count; i++) {
        const struct run *run = &points->runs[i];
        repeats += points_find(points, points->row_of[i], &run->asked) != run;
    }
    return repeats;
}

bool points_open(struct points *points, const struct run *runs, size_t count)
{
    const size_t room = count ? count : 1;
    *points = (struct points){
        .runs = runs,
        .count = count,
        .rows = malloc(room * sizeof *points->rows),
        .row_of = malloc(room * sizeof *points->row_of),
    };
    if (!points->rows || !points->row_of) {
        points_close(points);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t row = points_row(points, runs[i].variant);
        points->row_of[i] = row;
        if (row == points->row_count)
            points->rows[points->row_count++] = (struct points_row){.first = &runs[i]};
        points->rows[row].reads |= run_read_knobs(&runs[i]) | run_work_knobs(&runs[i]);
    }
    const uint64_t measuring = KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS);
    for (uint32_t row = 0; row < points->row_count; row++)
        points->rows[row].reads &= ~measuring | find_varying(points, row);
    points->varying = find_varying(points, points->row_count);
    points->repeats = count_repeats(points);
    return true;
}

void points_close(struct points *points)
{
    free(points->rows);
    free(points->row_of);
    *points = (struct points){0};
}

/* ---- finding -------------------------------------------------------------------------------- */

/* Copies the knobs in `mask` from a run. */
static void take(struct knobs *at, const struct run *run, uint64_t mask)
{
    for (int id = 0; id < KNOB_COUNT; id++)
        if (has(mask, id))
            at->value[id] = run->asked.value[id];
}

void points_begin(const struct points *points, struct knobs *at)
{
    uint64_t set = 0;
    *at = knobs_defaults();
    for (size_t i = 0; i < points->count; i++) {
        const uint64_t reads = points->rows[points->row_of[i]].reads;
        if (!knobs_equal(&points->runs[i].asked, at, reads & set))
            continue;
        const uint64_t known = run_read_knobs(&points->runs[i]) | reads; /* adds ITERATIONS */
        take(at, &points->runs[i], known & ~set);
        set |= known;
    }
}

const struct run *points_find(const struct points *points, uint32_t row, const struct knobs *at)
{
    for (size_t i = 0; i < points->count; i++)
        if (points->row_of[i] == row &&
            knobs_equal(&points->runs[i].asked, at, points->rows[row].reads))
            return &points->runs[i];
    return NULL;
}

/* Returns the distance between two values of a knob. For numbers, it is the logarithm of their
 * ratio, because keys change numbers by factors. Two choices, or `auto` and a number, are as far
 * apart as numbers can be. An unknown value is farther from every other value. */
static double value_distance(enum knob_id id, int64_t a, int64_t b)
{
    const double most = 64;
    if (a == b)
        return 0;
    if (a == KNOB_UNKNOWN || b == KNOB_UNKNOWN)
        return 2 * most;
    if (knob_table[id].kind > KNOB_SET || a < 0 || b < 0)
        return most;
    return fabs(log2(1 + (double)a) - log2(1 + (double)b));
}

struct distance {
    double first, rest;
    int work, others; /* how many workload knobs and other knobs differ */
};

static struct distance measure(const struct run *run, const struct knobs *at, uint64_t reads,
                               enum knob_id first)
{
    const uint64_t work = run_work_knobs(run);
    struct distance distance = {0};
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (!has(reads, id) || run->asked.value[id] == at->value[id])
            continue;
        double apart = value_distance((enum knob_id)id, run->asked.value[id], at->value[id]);
        if (id == (int)first) {
            distance.first = apart;
        } else {
            *(has(work, id) ? &distance.work : &distance.others) += 1;
            distance.rest += apart;
        }
    }
    return distance;
}

static bool nearer(const struct distance *a, const struct distance *b)
{
    if (a->first < b->first || a->first > b->first)
        return a->first < b->first;
    if (a->work != b->work)
        return a->work < b->work;
    if (a->others != b->others)
        return a->others < b->others;
    return a->rest < b->rest;
}

const struct run *points_nearest(const struct points *points, uint32_t row, const struct knobs *at,
                                 enum knob_id id)
{
    const struct run *nearest = NULL;
    struct distance least = {0};
    for (size_t i = 0; i < points->count; i++) {
        if (points->row_of[i] != row)
            continue;
        struct distance distance = measure(&points->runs[i], at, points->rows[row].reads, id);
        if (!nearest || nearer(&distance, &least)) {
            nearest = &points->runs[i];
            least = distance;
        }
    }
    return nearest;
}

/* ---- values --------------------------------------------------------------------------------- */

/* Inserts a value in ascending order, unless it is already there. Returns the new count. */
static size_t insert(struct points_value *values, size_t count, size_t room, int64_t value,
                     bool here)
{
    size_t at = count;
    while (at > 0 && values[at - 1].value > value)
        at--;
    if (at > 0 && values[at - 1].value == value) {
        values[at - 1].here |= here;
        return count;
    }
    if (count == room)
        return count;
    memmove(&values[at + 1], &values[at], (count - at) * sizeof *values);
    values[at] = (struct points_value){.value = value, .here = here};
    return count + 1;
}

size_t points_values(const struct points *points, uint32_t row, const struct knobs *at,
                     enum knob_id id, struct points_value *values, size_t room)
{
    const uint64_t bit = UINT64_C(1) << id;
    size_t count = 0;
    if (row >= points->row_count)
        return 0;
    const bool own = points->rows[row].reads & bit;
    for (size_t i = 0; i < points->count; i++) {
        const struct run *run = &points->runs[i];
        const uint64_t reads = points->rows[points->row_of[i]].reads;
        if (!(reads & bit) || (own && points->row_of[i] != row))
            continue;
        count = insert(values, count, room, run->asked.value[id],
                       !own || knobs_equal(&run->asked, at, reads & ~bit));
    }
    return count;
}

/* ---- moving --------------------------------------------------------------------------------- */

/* Copies the knobs that the row's variant reads from `run` to *at. Returns POINTS_STAY if they are
 * already equal. */
static enum points_move move_to(const struct points *points, uint32_t row, const struct run *run,
                                struct knobs *at)
{
    if (!run || knobs_equal(&run->asked, at, points->rows[row].reads))
        return POINTS_STAY;
    take(at, run, points->rows[row].reads);
    return POINTS_NEAREST;
}

/* Sets a knob that the variant does not read to the nearest value recorded for any variant. */
static enum points_move set_unread(const struct points *points, uint32_t row, struct knobs *at,
                                   enum knob_id id, int64_t value)
{
    struct points_value values[POINTS_VALUES];
    size_t count = points_values(points, row, at, id, values, POINTS_VALUES);
    int64_t nearest = at->value[id];
    for (size_t i = 0; i < count; i++)
        if (i == 0 ||
            value_distance(id, values[i].value, value) < value_distance(id, nearest, value))
            nearest = values[i].value;
    if (nearest == at->value[id])
        return POINTS_STAY;
    at->value[id] = nearest;
    return nearest == value ? POINTS_THERE : POINTS_NEAREST;
}

enum points_move points_set(const struct points *points, uint32_t row, struct knobs *at,
                            enum knob_id id, int64_t value)
{
    if (row >= points->row_count)
        return POINTS_STAY;
    if (!has(points->rows[row].reads, id))
        return set_unread(points, row, at, id, value);
    struct knobs wanted = *at;
    wanted.value[id] = value;
    if (!points_find(points, row, &wanted))
        return move_to(points, row, points_nearest(points, row, &wanted, id), at);
    if (at->value[id] == value)
        return POINTS_STAY;
    *at = wanted;
    return POINTS_THERE;
}

enum points_move points_turn(const struct points *points, uint32_t row, struct knobs *at,
                             enum knob_id id, int direction)
{
    struct points_value values[POINTS_VALUES];
    const int count = (int)points_values(points, row, at, id, values, POINTS_VALUES);
    const struct points_value *next = NULL; /* the next value in that direction, preferably one
                                               recorded with the current values of the other
                                               knobs */
    for (int i = direction > 0 ? 0 : count - 1; i >= 0 && i < count; i += direction) {
        const bool beyond =
            direction > 0 ? values[i].value > at->value[id] : values[i].value < at->value[id];
        if (beyond && (!next || (values[i].here && !next->here)))
            next = &values[i];
    }
    if (next)
        return points_set(points, row, at, id, next->value);
    return points_approach(points, row, at);
}

enum points_move points_approach(const struct points *points, uint32_t row, struct knobs *at)
{
    if (row >= points->row_count || points_find(points, row, at))
        return POINTS_STAY;
    return move_to(points, row, points_nearest(points, row, at, KNOB_COUNT), at);
}
