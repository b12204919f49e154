/*
 * parts.h - what the median step and the median iteration consist of, for bars and sentences.
 *
 *     step p50 = gap + data wait + barrier wait + compute
 *     iteration p50 = start + steps + sync
 *
 * Uses medians, because on a shared CPU a few steps that lost the CPU dominate the mean. The
 * medians of the parts do not add up to the median of the whole. So the step's p50 is divided in
 * proportion: with phases, to the sums over all steps (breakdown.h); without phases, to the p50s of
 * gap and busy, and compute is then all busy time.
 *
 * The start is the p50 of the time to first token: submission to the end of step 0. The p50s of
 * start and sync are subtracted from the iteration's p50. The rest is divided in the proportions of
 * a step. So the parts add up to the iteration's p50 exactly.
 */
#pragma once

#include "run.h"

enum part { PART_START, PART_GAP, PART_DATA, PART_BARRIER, PART_COMPUTE, PART_SYNC, PART_COUNT };

/* Times in ns. */
struct parts {
    bool phased;       /* whether waits were measured; if not, both are 0, and compute is busy */
    bool free_running; /* each program has steps of its own */
    double step_ns;    /* p50: the sum of step[] */
    double step[PART_COUNT];  /* PART_GAP to PART_COMPUTE; the other entries are 0 */
    double iteration_ns;      /* p50 of run_decode_metric: the sum of whole[] */
    double whole[PART_COUNT]; /* the parts of an iteration */
};

/* Fills *parts. False if the parts of the run's steps are unknown; then *parts is all 0. */
bool parts_of(const struct run *run, struct parts *parts);

/* Returns "gap", "data wait", "barrier wait", "compute" (without phases "busy"), "first token" or
 * "sync". */
const char *part_name(const struct parts *parts, enum part part);
