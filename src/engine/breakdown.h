/*
 * breakdown.h - where the time of steps goes: the latency of each step, divided by what the program
 * that ends it last did meanwhile.
 *
 *     latency = gap + data wait + barrier wait + compute
 *
 *     gap           it had not begun, and was not known to wait: the time that launches take
 *     data wait     it waited for loads, copies or its loader
 *     barrier wait  it waited for other programs, less the time before the previous step's end,
 *                   when only its own step was over
 *     compute       the rest
 *
 * Steps and starts that take more than BREAKDOWN_MOST times the median so far are left out: one
 * from which the system stole the CPU for milliseconds would weigh as much as a thousand others.
 *
 * Without phases (PHASES off, or a variant that measures none) both waits are 0 and compute is all
 * that is not gap. Integers throughout: the four add up to the latency exactly.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct histogram;
struct run;

#define BREAKDOWN_MOST 4u /* medians */

/* Sums over steps, in ns. A zeroed one is empty. */
struct breakdown {
    uint64_t steps;
    uint64_t phased;  /* of these, with phases: all or none, unless pooled */
    uint64_t step_ns; /* latencies */
    uint64_t gap_ns, data_ns, barrier_ns;
    uint64_t spread_ns; /* from the first program's end to the last one's, of the same step */
    uint64_t starts;    /* iterations */
    uint64_t start_ns;  /* from submission to the begin of step 0 */
    uint64_t most_ns;   /* longer steps are excluded; 0: no limit. Documents omit this and the two
                           members below */
    uint64_t most_start_ns; /* likewise of starts */
    uint64_t settled;       /* samples that the two are of */
};

/* A step as its last program saw it, in ns. */
struct breakdown_step {
    uint64_t latency_ns;
    uint64_t lead_ns;   /* from its own previous end to the previous step's end */
    uint64_t before_ns; /* from the previous step's end to its begin; 0: it began earlier */
    uint64_t spread_ns;
    bool phased;
    uint32_t data_ns, barrier_ns; /* since its own previous end */
};

/* Adds a step, unless it is left out. */
void breakdown_add(struct breakdown *breakdown, const struct breakdown_step *step);

/* Between two iterations: settles what is left out from now on, by the run's step latencies and
 * first tokens. Looks for their medians only when the steps have doubled. */
void breakdown_settle(struct breakdown *breakdown, const struct histogram *steps,
                      const struct histogram *first_tokens);

/* Adds the begin of an iteration's first step, so long after the submission. */
void breakdown_add_start(struct breakdown *breakdown, uint64_t start_ns);

/* Adds all of `from`. */
void breakdown_merge(struct breakdown *to, const struct breakdown *from);

/* What is left of the steps: computing, and with it what was not measured. */
uint64_t breakdown_compute_ns(const struct breakdown *breakdown);

/* What a run's steps and iterations come to: means, in ns. 0: none, or not known. */
struct breakdown_means {
    bool phased;    /* waits were measured; else they are 0, and compute is what steps are busy */
    double step_ns; /* the latency: the sum of the next four */
    double gap_ns, data_ns, barrier_ns, compute_ns;
    double ceiling_ns; /* of data wait and compute, what the bytes of a step take at the ceiling */
    double spread_ns;  /* from the first program's end of a step to the last one's */
    double iteration_ns; /* submission to synchronised */
    double launch_ns;    /* submission to the begin of step 0 */
    double ttft_ns, sync_ns;
};

/* False: none of the run's steps were broken down. Then *means is all 0. */
bool breakdown_means_of(const struct run *run, struct breakdown_means *means);
