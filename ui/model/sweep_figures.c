#include "sweep_figures.h"

#include "explorer_rows.h"

#include <math.h>

double swept_value(const struct swept *swept, uint32_t series, uint32_t value)
{
    const double p50_ns = swept->series[series].p50_ns[value];
    if (!swept->by_rate || p50_ns <= 0)
        return p50_ns;
    return swept->series[series].tokens[value] * 1e9 / p50_ns;
}

/* ---- the best ------------------------------------------------------------------------------- */

static bool is_ranked(const struct swept_series *series, uint32_t value)
{
    return series->p50_ns[value] > 0 && series->verified[value] &&
           series->evidence[value].units > 0;
}

/* Returns the evidence for a value's time or, by rate, for its time per token. Evidence is about
 * logarithms of times, so dividing by the token count subtracts its logarithm. */
static struct evidence evidence_of(const struct swept *swept, const struct swept_series *series,
                                   uint32_t value)
{
    struct evidence evidence = series->evidence[value];
    if (swept->by_rate && series->tokens[value] > 0)
        evidence.mean -= log(series->tokens[value]);
    return evidence;
}

void swept_find_best(const struct swept *swept, struct swept_series *series)
{
    struct evidence evidence[SWEEP_VALUES];
    const struct evidence *sides[SWEEP_VALUES];
    uint32_t values[SWEEP_VALUES], count = 0;
    bool tied[SWEEP_VALUES];
    series->fastest = -1;
    for (uint32_t v = 0; v < swept->value_count; v++) {
        series->best[v] = false;
        if (!is_ranked(series, v))
            continue;
        evidence[count] = evidence_of(swept, series, v);
        sides[count] = &evidence[count];
        values[count++] = v;
    }
    const size_t fastest = count > 0 ? evidence_best(sides, count, tied) : count;
    if (fastest == count)
        return;
    series->fastest = (int)values[fastest];
    for (uint32_t i = 0; i < count && count > 1 && !series->unread; i++)
        series->best[values[i]] = tied[i];
}

/* ---- crossovers ----------------------------------------------------------------------------- */

/* Returns 1 if `a` is faster at the value, -1 if `b` is, 0 if they are not distinguishable or one
 * of them has no verified value. */
static int faster_at(const struct swept_series *a, const struct swept_series *b, uint32_t value)
{
    const struct evidence *const sides[2] = {&a->evidence[value], &b->evidence[value]};
    bool tied[2];
    if (!is_ranked(a, value) || !is_ranked(b, value))
        return 0;
    const size_t fastest = evidence_best(sides, 2, tied);
    return fastest == 2 || (tied[0] && tied[1]) ? 0 : fastest == 0 ? 1 : -1;
}

static uint32_t add_crossovers(const struct swept *swept, uint32_t a, uint32_t b,
                               struct crossover *crossovers, uint32_t count)
{
    int before = 0;
    for (uint32_t v = 0; v < swept->value_count && count < CROSSOVERS; v++) {
        const int now = faster_at(&swept->series[a], &swept->series[b], v);
        if (now != 0 && before != 0 && now != before)
            crossovers[count++] =
                (struct crossover){.series = now > 0 ? a : b, .other = now > 0 ? b : a, .value = v};
        before = now != 0 ? now : before;
    }
    return count;
}

uint32_t swept_crossovers(const struct swept *swept, struct crossover *crossovers)
{
    const enum knob_kind kind = knob_table[swept->knob].kind;
    uint32_t count = 0;
    if (kind != KNOB_INT && kind != KNOB_SET)
        return 0;
    for (uint32_t a = 0; a < swept->series_count; a++)
        for (uint32_t b = a + 1; b < swept->series_count; b++)
            count = add_crossovers(swept, a, b, crossovers, count);
    for (uint32_t i = 1; i < count; i++) {
        const struct crossover moved = crossovers[i];
        uint32_t at = i;
        for (; at > 0 && crossovers[at - 1].value > moved.value; at--)
            crossovers[at] = crossovers[at - 1];
        crossovers[at] = moved;
    }
    return count;
}

/* ---- other knobs ---------------------------------------------------------------------------- */

/* Whether the run has the same workload as the point, apart from the swept knob. */
static bool has_work_of(const struct run *run, const struct knobs *at, enum knob_id swept)
{
    const uint64_t work = run_work_knobs(run) & run_read_knobs(run) & ~(UINT64_C(1) << swept);
    for (int id = 0; id < KNOB_COUNT; id++)
        if (work >> id & 1 && run->asked.value[id] != at->value[id])
            return false;
    return true;
}

static bool is_found_right(const struct run *run)
{
    return run->status < RUN_FAILED && run->verification.verdict == VERDICT_RIGHT &&
           histogram_median(&run->histograms[run_decode_metric(run)]) > 0;
}

static double p50_of(const struct run *run)
{
    return (double)histogram_percentile(&run->histograms[run_decode_metric(run)], 0.5);
}

/* Returns the row of a value. Inserts a missing row, in the order of values. NULL: no room. */
static struct sweep_other *row_of(struct sweep_others *others, int64_t value)
{
    uint32_t at = 0;
    while (at < others->count && others->rows[at].value < value)
        at++;
    if (at < others->count && others->rows[at].value == value)
        return &others->rows[at];
    if (others->count == SWEEP_VALUES)
        return NULL;
    for (uint32_t i = others->count++; i > at; i--)
        others->rows[i] = others->rows[i - 1];
    others->rows[at] = (struct sweep_other){.value = value};
    return &others->rows[at];
}

struct sweep_scope {
    const struct points *points;
    uint32_t row;
    struct knobs at;
    enum knob_id knob;
};

static bool is_in(const struct sweep_scope *scope, size_t index)
{
    const struct run *run = &scope->points->runs[index];
    return scope->points->row_of[index] == scope->row && is_found_right(run) &&
           has_work_of(run, &scope->at, scope->knob);
}

/* Finds the runs at this value that are not distinguishable from the best run. */
static void find_ties(const struct sweep_scope *scope, struct sweep_other *other)
{
    const struct evidence best = run_evidence(other->best);
    for (size_t i = 0; i < scope->points->count; i++) {
        const struct run *run = &scope->points->runs[i];
        if (!is_in(scope, i) || run->asked.value[scope->knob] != other->value || run == other->best)
            continue;
        const struct evidence evidence = run_evidence(run);
        const struct evidence *const sides[2] = {&best, &evidence};
        bool tied[2] = {false, false};
        evidence_best(sides, 2, tied);
        if (!tied[0] || !tied[1])
            continue;
        if (other->ties < SWEEP_TIES)
            other->tied[other->ties] = run;
        other->ties++;
    }
}

bool sweep_others_take(const struct explorer *explorer, struct sweep_others *others)
{
    const struct row selected = explorer_selected(explorer);
    const uint32_t own = explorer_own_rows(explorer);
    *others = (struct sweep_others){0};
    if (!selected.recorded || selected.kept)
        return false;
    const struct sweep_scope scope = {
        .points = selected.own ? &explorer->source.points : &explorer->shelf.points,
        .row = explorer->selected - (selected.own ? 0 : own),
        .at = selected.own   ? explorer->point
              : selected.run ? selected.run->asked
                             : explorer->settings.knobs,
        .knob = explorer->knob,
    };
    const struct run *first = scope.points->rows[scope.row].first;
    others->knobs = scope.points->varying & scope.points->rows[scope.row].reads &
                    run_read_knobs(first) & ~run_work_knobs(first) & ~(UINT64_C(1) << scope.knob);
    if (!others->knobs)
        return false;
    for (size_t i = 0; i < scope.points->count; i++) {
        const struct run *run = &scope.points->runs[i];
        struct sweep_other *row =
            is_in(&scope, i) ? row_of(others, run->asked.value[scope.knob]) : NULL;
        if (!row)
            continue;
        row->runs++;
        if (!row->best || p50_of(run) < p50_of(row->best))
            row->best = run;
    }
    for (uint32_t i = 0; i < others->count; i++)
        find_ties(&scope, &others->rows[i]);
    return others->count > 0;
}
