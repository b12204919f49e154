#include "rounds.h"

#include "../../kernels/clock.h"
#include "../../kernels/inputs.h"
#include "../base/interrupt.h"

#include <sys/random.h>

/* ---- the order ------------------------------------------------------------------------------ */

uint32_t rounds_seed(bool asked, uint32_t seed)
{
    if (!asked && getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = (uint32_t)clock_now();
    return seed;
}

void rounds_order(uint32_t seed, uint32_t stream, uint32_t round, uint32_t count, uint32_t *order)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = round > 0 ? count : 0; i > 1; i--) { /* Fisher-Yates shuffle */
        uint32_t words[4] = {round, i, stream, 0};
        philox4x32_10(words, seed, 0);
        const uint32_t with = (uint32_t)((uint64_t)words[0] * i >> 32);
        const uint32_t kept = order[i - 1];
        order[i - 1] = order[with];
        order[with] = kept;
    }
}

/* ---- pooling -------------------------------------------------------------------------------- */

/* Moves a run. */
static void take(struct run *to, struct run *from)
{
    run_close(to);
    *to = *from;
    *from = (struct run){0};
}

void rounds_fail(struct run *run, const struct error *error, uint32_t round)
{
    const struct error why = *error; /* a copy, because `error` may point to run->error */
    run->status = RUN_FAILED;
    error_set(&run->error, why.kind, "round %u: %s", round, why.text);
    run->version++;
}

/* If any process found a wrong output, the verdict is wrong. Otherwise the verdict is that of the
 * process that checked the most parts. */
static void pool_verification(struct verification *to, const struct verification *from)
{
    if (to->verdict == VERDICT_WRONG || from->verdict == VERDICT_NONE)
        return;
    if (from->verdict == VERDICT_WRONG || from->checked > to->checked)
        *to = *from;
}

void rounds_pool(struct run *pooled, struct run *measured, uint32_t round, uint32_t place)
{
    static const struct error no_memory = {.kind = ERROR_RUN,
                                           .text = "no memory for another process"};
    for (uint32_t i = 0; i < measured->process_count; i++) {
        measured->processes[i].round = round;
        measured->processes[i].place = place;
    }
    if (!run_has_samples(pooled)) {
        take(pooled, measured);
        if (pooled->status == RUN_FAILED)
            rounds_fail(pooled, &pooled->error, round);
        return;
    }
    if (measured->status == RUN_FAILED || measured->status == RUN_SKIPPED)
        rounds_fail(pooled, &measured->error, round);
    else if (!run_pool(pooled, measured))
        rounds_fail(pooled, &no_memory, round);
    else
        pool_verification(&pooled->verification, &measured->verification);
    run_close(measured);
}

/* ---- measuring ------------------------------------------------------------------------------ */

void rounds_open(struct rounds *rounds, struct isolate *isolate, bool fresh)
{
    rounds_close(rounds);
    rounds->isolate = isolate;
    rounds->fresh = fresh;
    rounds->count = isolate->count;
    for (uint32_t i = 0; i < isolate->count; i++)
        take(&rounds->runs[i], &isolate->runs[i]);
    if (fresh)
        isolate_rest(isolate);
}

void rounds_close(struct rounds *rounds)
{
    for (uint32_t i = 0; i < rounds->count; i++)
        run_close(&rounds->runs[i]);
    *rounds = (struct rounds){0};
}

bool rounds_due(const struct rounds *rounds, uint32_t index)
{
    return rounds->runs[index].status < RUN_FAILED;
}

bool rounds_any_due(const struct rounds *rounds)
{
    bool any = false;
    for (uint32_t i = 0; i < rounds->count; i++)
        any |= rounds_due(rounds, i);
    return any;
}

bool rounds_measure(struct rounds *rounds, uint32_t index, uint32_t place,
                    struct isolate_order *order)
{
    struct run *pooled = &rounds->runs[index], *measured = &rounds->isolate->runs[index];
    bool opened = isolate_perform(rounds->isolate, index, order);
    if (!rounds->fresh) {
        take(pooled, measured);
        return opened;
    }
    isolate_rest(rounds->isolate);
    if (interrupt_level > 0 && run_has_samples(pooled))
        run_close(measured); /* discard a measurement that was cut short */
    else
        rounds_pool(pooled, measured, rounds->begun, place);
    return opened;
}

/* ---- when to stop ---------------------------------------------------------------------------- */

bool rounds_is_stable(const struct run *run)
{
    const struct evidence evidence = run_evidence(run);
    return evidence.units >= EVIDENCE_LEAST && evidence_half_width(&evidence) <= EVIDENCE_AIM;
}

bool rounds_are_stable(const struct rounds *rounds)
{
    bool stable = true;
    for (uint32_t i = 0; i < rounds->count; i++)
        stable &= !rounds_due(rounds, i) || rounds_is_stable(&rounds->runs[i]);
    return stable;
}
