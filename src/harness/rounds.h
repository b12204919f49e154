/*
 * rounds.h - measuring in rounds: each runs every variant once, in a process of its own, in random
 * order, and what a variant's processes measured becomes one run (run_pool).
 *
 * The samples of one process share its clock, its placement and its moment, so only processes are
 * evidence of a median (evidence.h); the random order keeps what drifts from falling on one
 * variant.
 */
#ifndef SRC_ROUNDS_H
#define SRC_ROUNDS_H

#include "isolate.h"

#define ROUNDS_SLOTS (2u * WORKER_RUNS) /* of one round, at most: the variants of two builds */

struct rounds {
    struct isolate *isolate; /* borrowed; its runs are taken from it */
    bool fresh;              /* every variant of every round gets a process of its own */
    uint32_t begun, whole;   /* rounds */
    uint32_t count;
    struct run runs[WORKER_RUNS]; /* of the variants, in their order; owned */
};

/* The seed that was asked for, or else a random one. */
uint32_t rounds_seed(bool asked, uint32_t seed);

/* The order of round `round` (from 1): writes the numbers from 0 to count - 1, at most ROUNDS_SLOTS
 * of them, so that every order is equally likely. The same for the same seed, stream and round. */
void rounds_order(uint32_t seed, uint32_t stream, uint32_t round, uint32_t count, uint32_t *order);

/* Takes the runs of an isolate that was opened, and closes those of the rounds before. With `fresh`
 * no process has the device then. */
void rounds_open(struct rounds *rounds, struct isolate *isolate, bool fresh);
void rounds_close(struct rounds *rounds); /* a zeroed one is fine */

/* Whether variant `index` is still measured: it can run, and failed in no round. */
bool rounds_due(const struct rounds *rounds, uint32_t index);

/* Whether any is. */
bool rounds_any_due(const struct rounds *rounds);

/* Measures variant `index` as isolate_perform does, at `place` (from 1) of round `begun`, and pools
 * what it measured. A round that fails makes the whole run RUN_FAILED, with the samples of those
 * before; one that is interrupted is left out, unless there is nothing else. */
bool rounds_measure(struct rounds *rounds, uint32_t index, uint32_t place,
                    struct isolate_order *order);

/* The same of a run that another process measured: *measured is taken, and becomes empty. */
void rounds_pool(struct run *pooled, struct run *measured, uint32_t round, uint32_t place);

/* Makes a run RUN_FAILED; its samples stay. */
void rounds_fail(struct run *run, const struct error *error, uint32_t round);

/* Whether a run's median is known to EVIDENCE_AIM, by EVIDENCE_LEAST processes or more. */
bool rounds_is_stable(const struct run *run);

/* Whether all that are due are. Only intervals of single medians end the rounds; who ended them
 * when a difference is significant would find one too often. */
bool rounds_are_stable(const struct rounds *rounds);

#endif
