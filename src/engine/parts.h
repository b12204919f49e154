/*
 * parts.h - what a mean step and a mean iteration consist of, for bars and sentences.
 *
 *     step = gap + data wait + barrier wait + compute
 *     iteration = start + steps + sync
 *
 * The step's parts are those of breakdown.h. A recording without a breakdown has its gap and busy
 * histograms: then compute is all that is busy. The start is the first token's time: submission to
 * the end of step 0. The steps after it share what start and sync leave of the iteration, in the
 * proportions of a mean step, so that the parts add up to it.
 */
#ifndef SRC_PARTS_H
#define SRC_PARTS_H

#include "run.h"

enum part { PART_START, PART_GAP, PART_DATA, PART_BARRIER, PART_COMPUTE, PART_SYNC, PART_COUNT };

/* Means, in ns. */
struct parts {
    bool phased;              /* waits were measured; else both are 0 and compute is busy */
    bool free_running;        /* steps are those of a program */
    double step_ns;           /* the sum of the four */
    double step[PART_COUNT];  /* of PART_GAP to PART_COMPUTE; else 0 */
    double iteration_ns;      /* the sum of all below; of run_decode_metric */
    double whole[PART_COUNT]; /* of an iteration */
};

/* False: it is not known how the run's steps divide. Then *parts is all 0. */
bool parts_of(const struct run *run, struct parts *parts);

/* "gap", "data wait", "barrier wait", "compute" (without phases "busy"), "first token", "sync". */
const char *part_name(const struct parts *parts, enum part part);

#endif
