/*
 * rounds.h - measures in rounds: each round runs every variant once, in a separate process, in
 * random order. The measurements of a variant's processes are pooled into one run (run_pool).
 *
 * The samples of one process are not independent (noise.h), so only several processes are evidence
 * about a median (evidence.h). The random order spreads drift over all variants.
 */
#pragma once

#include "isolate.h"

#define ROUNDS_SLOTS (2u * WORKER_RUNS) /* most runs of one round: all variants, in two builds */

struct rounds {
    struct isolate *isolate; /* borrowed; its runs move to `runs` below */
    bool fresh;              /* each variant gets a new process in each round */
    uint32_t begun, whole;   /* rounds begun, rounds completed */
    uint32_t count;
    struct run runs[WORKER_RUNS]; /* one per variant, in order; owned */
};

/* Returns `seed` if the user asked for it, else a random seed. */
uint32_t rounds_seed(bool asked, uint32_t seed);

/* Writes the order of round `round` (from 1): a permutation of 0 to count - 1. `count` is at most
 * ROUNDS_SLOTS. All permutations are equally likely; seed, stream and round determine the result.
 * Round 0 gives 0, 1, 2 ... */
void rounds_order(uint32_t seed, uint32_t stream, uint32_t round, uint32_t count, uint32_t *order);

/* Moves the runs of an open isolate into *rounds, and closes the runs of earlier rounds. With
 * `fresh`, no process has the device open afterwards. */
void rounds_open(struct rounds *rounds, struct isolate *isolate, bool fresh);
void rounds_close(struct rounds *rounds); /* a zeroed struct is allowed */

/* Whether later rounds measure variant `index`: it can run and has not failed in any round. */
bool rounds_due(const struct rounds *rounds, uint32_t index);

/* Whether later rounds measure any variant. */
bool rounds_any_due(const struct rounds *rounds);

/* Measures variant `index` like isolate_perform, at `place` (from 1) of round `begun`, and pools
 * the result. If the variant fails in any round, the pooled run becomes RUN_FAILED and keeps the
 * samples of earlier rounds. An interrupted measurement is discarded if the run already has
 * samples. */
bool rounds_measure(struct rounds *rounds, uint32_t index, uint32_t place,
                    struct isolate_order *order);

/* Pools a run that another process measured, like rounds_measure. Moves the content of *measured,
 * which becomes empty. */
void rounds_pool(struct run *pooled, struct run *measured, uint32_t round, uint32_t place);

/* Makes a run RUN_FAILED. The run keeps its samples. */
void rounds_fail(struct run *run, const struct error *error, uint32_t round);

/* Whether the median of a run is known to within EVIDENCE_AIM, from at least EVIDENCE_LEAST
 * processes. */
bool rounds_is_stable(const struct run *run);

/* Whether all due runs are stable. The rule uses only the interval of each median: to stop as soon
 * as a difference is significant would report too many false differences. */
bool rounds_are_stable(const struct rounds *rounds);
