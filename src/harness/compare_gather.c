#include "compare_gather.h"

#include <stdlib.h>

/* ---- the runs of a side --------------------------------------------------------------------- */

void compare_close(struct compare_side *side)
{
    for (size_t i = 0; i < side->pooled_count; i++)
        run_close(&side->pooled[i]);
    free(side->pooled);
    free(side->runs);
    free(side->matches);
    free(side->comparisons);
}

static bool no_memory(const struct compare_side *side, struct error *error)
{
    return error_set(error, ERROR_RUN, "no memory to compare %s", side->path);
}

/* Pools a run with another process's run of the same configuration. */
static bool pool(struct compare_side *side, struct compared *with, const struct run *run)
{
    struct run *pooled = NULL;
    for (size_t i = 0; i < side->pooled_count; i++)
        if (with->run == &side->pooled[i])
            pooled = &side->pooled[i];
    if (!pooled) {
        pooled = &side->pooled[side->pooled_count];
        if (!run_clone(pooled, with->run))
            return false;
        side->pooled_count++;
        with->run = pooled;
    }
    return run_pool(pooled, run);
}

/* Lists a run, or pools it with an earlier run of the same configuration, from another document. */
static bool list_run(struct compare_side *side, const struct compared *compared, size_t earlier)
{
    for (size_t i = 0; i < earlier; i++)
        if (compare_same(&side->runs[i], compared))
            return pool(side, &side->runs[i], compared->run);
    side->runs[side->count++] = *compared;
    return true;
}

/* Lists the runs of all documents of a side. The documents must have been read. */
static bool list_runs(struct compare_side *side, struct error *error)
{
    size_t room = 1;
    for (size_t i = 0; i < side->set.count; i++)
        room += side->set.documents[i].count;
    side->runs = calloc(room, sizeof *side->runs);
    side->pooled = calloc(room, sizeof *side->pooled);
    if (!side->runs || !side->pooled)
        return no_memory(side, error);
    for (size_t i = 0; i < side->set.count; i++) {
        const struct document *document = &side->set.documents[i];
        const size_t earlier = side->count;
        for (size_t run = 0; run < document->count; run++) {
            const struct compared compared = {.run = &document->runs[run],
                                              .device = &document->device};
            if (!list_run(side, &compared, earlier))
                return no_memory(side, error);
        }
    }
    return true;
}

/* Whether any run of the side has iterations. */
static bool check_measured(const struct compare_side *side, struct error *error)
{
    for (size_t i = 0; i < side->count; i++)
        if (compare_measured(side->runs[i].run))
            return true;
    return error_set(error, ERROR_INPUT, "%s contains no run with iterations", side->path);
}

/* ---- comparing ------------------------------------------------------------------------------ */

static bool refuse_unlike(const struct compare_side *reference, const struct compare_side *side,
                          size_t run, struct error *error)
{
    char text[256];
    const struct compared *ours = &reference->runs[run], *theirs = &side->runs[side->matches[run]];
    compare_work_text(ours, theirs, &side->comparisons[run], text, sizeof text);
    return error_set(
        error, ERROR_INPUT,
        "%s: %s ran a different workload than in %s: %s (--force compares them anyway)", side->path,
        theirs->run->variant, reference->path, text);
}

static bool compare_side(const struct compare_side *reference, struct compare_side *side,
                         bool force, struct error *error)
{
    size_t matched = 0;
    side->matches = calloc(reference->count, sizeof *side->matches);
    side->comparisons = calloc(reference->count, sizeof *side->comparisons);
    if (!side->matches || !side->comparisons)
        return no_memory(side, error);
    compare_match(reference->runs, reference->count, side->runs, side->count, side->matches);
    for (size_t i = 0; i < reference->count; i++) {
        if (side->matches[i] == COMPARE_NONE)
            continue;
        matched++;
        compare_runs(&reference->runs[i], &side->runs[side->matches[i]], &side->comparisons[i]);
        if (!compare_alike(&side->comparisons[i]) && !force)
            return refuse_unlike(reference, side, i, error);
    }
    return matched > 0 || error_set(error, ERROR_INPUT,
                                    "%s has no variant in common with %s; if a variant has several "
                                    "runs, their knobs must be equal, too",
                                    side->path, reference->path);
}

/* Corrects for multiple comparisons: among many verdicts, some would be significant by chance
 * alone. */
static bool correct(const struct compare_side *sides, size_t count, struct error *error)
{
    size_t used = 0;
    struct comparison **all = calloc(count * sides[0].count, sizeof *all);
    if (!all)
        return no_memory(&sides[0], error);
    for (size_t i = 1; i < count; i++)
        for (size_t run = 0; run < sides[0].count; run++)
            if (sides[i].matches[run] != COMPARE_NONE)
                all[used++] = &sides[i].comparisons[run];
    compare_correct(all, used);
    free(all);
    return true;
}

bool compare_gather(struct compare_side *sides, size_t count, bool force, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!list_runs(&sides[i], error) || !check_measured(&sides[i], error))
            return false;
    for (size_t i = 1; i < count; i++)
        if (!compare_side(&sides[0], &sides[i], force, error))
            return false;
    return correct(sides, count, error);
}
