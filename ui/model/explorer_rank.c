/*
 * explorer_rank.c - ranks the rungs of the ladder: finds those that the samples cannot distinguish
 * from the previous rung, and those that they cannot distinguish from the fastest.
 */
#include "explorer_rows.h"

#include <string.h>

/* A row that may be ranked. */
struct rung {
    uint32_t index;
    struct row row;
    struct evidence evidence;
};

static uint32_t find_rungs(const struct explorer *explorer, struct rung rungs[EXPLORER_LINES])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < explorer_rows(explorer) && i < EXPLORER_LINES; i++) {
        char unlike[256];
        struct row row = explorer_row(explorer, i);
        if (row.kept || !row.run || row.run->status >= RUN_FAILED ||
            row.run->verification.verdict != VERDICT_RIGHT ||
            explorer_unlike(explorer, &row, false, unlike, sizeof unlike))
            continue;
        struct rung rung = {.index = i, .row = row, .evidence = run_evidence(row.run)};
        if (rung.evidence.units > 0)
            rungs[count++] = rung;
    }
    return count;
}

static void mark_close(const struct explorer *explorer, const struct rung *rungs, uint32_t count,
                       struct ranks *ranks)
{
    double probabilities[EXPLORER_LINES];
    uint32_t indices[EXPLORER_LINES], compared = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct row *row = &rungs[i].row;
        const char *name = row->known ? row->known->after : NULL;
        const struct run *before = name ? explorer_rung(explorer, row, name) : NULL;
        if (!before || run_speedup(row->run, before) <= 0)
            continue;
        const struct evidence evidence = run_evidence(before);
        probabilities[compared] = evidence_probability(&rungs[i].evidence, &evidence);
        indices[compared++] = rungs[i].index;
    }
    evidence_holm(probabilities, compared);
    for (uint32_t i = 0; i < compared; i++)
        ranks->close[indices[i]] = probabilities[i] >= 1 - EVIDENCE_CONFIDENCE;
}

/* Whether two rows are rungs of one ladder: same source, device, target and workload. */
static bool are_alike(const struct row *a, const struct row *b)
{
    return a->own == b->own && a->device->backend == b->device->backend &&
           strcmp(a->device->name, b->device->name) == 0 &&
           strcmp(a->run->target, b->run->target) == 0 && run_differing_work(a->run, b->run) == 0;
}

/* Takes rung `first` and the rungs of the same ladder from `left`, and marks the best of them. */
static void mark_best(const struct rung *rungs, uint32_t count, uint32_t first, bool *left,
                      struct ranks *ranks)
{
    const struct evidence *sides[EXPLORER_LINES] = {&rungs[first].evidence};
    uint32_t indices[EXPLORER_LINES] = {rungs[first].index}, compared = 1;
    bool tied[EXPLORER_LINES];
    for (uint32_t i = first + 1; i < count; i++) {
        if (!left[i] || !are_alike(&rungs[first].row, &rungs[i].row))
            continue;
        left[i] = false;
        sides[compared] = &rungs[i].evidence;
        indices[compared++] = rungs[i].index;
    }
    evidence_best(sides, compared, tied);
    for (uint32_t i = 0; i < compared && compared > 1; i++)
        ranks->best[indices[i]] = tied[i];
}

void explorer_rank(const struct explorer *explorer, struct ranks *ranks)
{
    struct rung rungs[EXPLORER_LINES];
    bool left[EXPLORER_LINES];
    *ranks = (struct ranks){0};
    const uint32_t count = find_rungs(explorer, rungs);
    mark_close(explorer, rungs, count, ranks);
    for (uint32_t i = 0; i < count; i++)
        left[i] = true;
    for (uint32_t i = 0; i < count; i++)
        if (left[i])
            mark_best(rungs, count, i, left, ranks);
}
