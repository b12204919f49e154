/*
 * rounds.h - measuring in rounds: each round runs every variant once, in a separate process, in
 * random order. The measurements of a variant's processes are pooled into one run (run_pool).
 *
 * The samples of one process are not independent (noise.h), so only several processes are evidence
 * about a median (evidence.h). The random order spreads drift over all variants.
 */
#pragma once

#include "isolate.h"

#define ROUNDS_SLOTS (2u * WORKER_RUNS) /* most runs of one round: two builds */

struct rounds {
    struct isolate *isolate; /* borrowed; rounds take over its runs */
    bool fresh;              /* every variant of every round gets its own process */
    uint32_t begun, whole;   /* rounds begun, rounds completed */
    uint32_t count;
    struct run runs[WORKER_RUNS]; /* one per variant, in order; owned */
};

/* The requested seed, or else a random one. */
uint32_t rounds_seed(bool asked, uint32_t seed);

/* The order of round `round` (from 1): writes a permutation of 0 to count - 1, at most
 * ROUNDS_SLOTS numbers; every order is equally likely. Deterministic in seed, stream and round.
 * Round 0: 0, 1, 2 ... */
void rounds_order(uint32_t seed, uint32_t stream, uint32_t round, uint32_t count, uint32_t *order);

/* Takes over the runs of an opened isolate, and closes those of earlier rounds. With `fresh`, no
 * process has the device afterwards. */
void rounds_open(struct rounds *rounds, struct isolate *isolate, bool fresh);
void rounds_close(struct rounds *rounds); /* a zeroed one is allowed */

/* Whether variant `index` is still to be measured: it can run, and has not failed in a round. */
bool rounds_due(const struct rounds *rounds, uint32_t index);

/* Whether any variant is still to be measured. */
bool rounds_any_due(const struct rounds *rounds);

/* Measures variant `index` like isolate_perform, at `place` (from 1) of round `begun`, and pools
 * the result. A failed round makes the whole run RUN_FAILED, with the samples of earlier rounds;
 * an interrupted one is left out unless it is the only one. */
bool rounds_measure(struct rounds *rounds, uint32_t index, uint32_t place,
                    struct isolate_order *order);

/* The same for a run measured by another process: takes *measured, which becomes empty. */
void rounds_pool(struct run *pooled, struct run *measured, uint32_t round, uint32_t place);

/* Makes a run RUN_FAILED; it keeps its samples. */
void rounds_fail(struct run *run, const struct error *error, uint32_t round);

/* Whether a run's median is known to EVIDENCE_AIM, from at least EVIDENCE_LEAST processes. */
bool rounds_is_stable(const struct run *run);

/* Whether all due runs are stable. Only intervals of single medians end the rounds: stopping as
 * soon as a difference is significant would find differences too often. */
bool rounds_are_stable(const struct rounds *rounds);
