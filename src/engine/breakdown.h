/*
 * breakdown.h - where the time of a step goes. Divides the latency of each step by what the program
 * that ended the step last did in that time:
 *
 *     latency = gap + data wait + barrier wait + compute
 *
 *     gap           the program had not begun, and no measured wait explains why: launch time
 *     data wait     it waited for loads, copies or its loader
 *     barrier wait  it waited for other programs. Its wait before the previous step's end is not
 *                   part of this step
 *     compute       the rest
 *
 * Excludes steps and starts longer than BREAKDOWN_MOST times the median so far: a single step in
 * which the system took the CPU away for milliseconds would weigh as much as a thousand other
 * steps.
 *
 * Without phases (PHASES off, or a variant that measures none) both waits are 0, and compute is
 * everything but the gap. All values are integers, so the four parts add up to the latency exactly.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct histogram;
struct run;

#define BREAKDOWN_MOST 4u /* medians */

/* Sums over steps, in ns. Empty if zeroed. */
struct breakdown {
    uint64_t steps;
    uint64_t phased;  /* steps with measured phases: all steps or none, unless runs were pooled */
    uint64_t step_ns; /* sum of the latencies */
    uint64_t gap_ns, data_ns, barrier_ns;
    uint64_t spread_ns; /* from the first program's end to the last program's end of a step */
    uint64_t starts;    /* number of summed starts */
    uint64_t start_ns;  /* from submission until step 0 begins */
    uint64_t most_ns; /* longer steps are excluded; 0: no limit. Documents omit this member and the
                         next two */
    uint64_t most_start_ns; /* the same for starts */
    uint64_t settled;       /* number of steps when the limits were last computed */
};

/* A step and the times of its last program, the one that ended last. In ns. */
struct breakdown_step {
    uint64_t latency_ns;
    uint64_t lead_ns;   /* from the end of the program's previous step to the end of the whole
                           previous step */
    uint64_t before_ns; /* from the end of the whole previous step until the program began; 0 if it
                           began earlier */
    uint64_t spread_ns;
    bool phased;
    uint32_t data_ns, barrier_ns; /* waits since the program ended its previous step */
};

/* Adds a step, unless it is longer than most_ns. */
void breakdown_add(struct breakdown *breakdown, const struct breakdown_step *step);

/* Sets the limits for later steps and starts: BREAKDOWN_MOST times the medians of the run's step
 * latencies and times to first token. Recomputes the limits only when the number of steps has
 * doubled. Call it between two iterations. */
void breakdown_settle(struct breakdown *breakdown, const struct histogram *steps,
                      const struct histogram *first_tokens);

/* Adds a start, the time from an iteration's submission until its first step begins, unless it is
 * longer than most_start_ns. */
void breakdown_add_start(struct breakdown *breakdown, uint64_t start_ns);

/* Adds all of `from`. */
void breakdown_merge(struct breakdown *to, const struct breakdown *from);

/* Returns the steps' time without gap and waits, in ns: computing, and everything that was not
 * measured. */
uint64_t breakdown_compute_ns(const struct breakdown *breakdown);

/* Means over a run's steps and iterations, in ns. 0: no samples, or unknown. */
struct breakdown_means {
    bool phased; /* whether waits were measured; if not, they are 0, and compute is all busy time */
    double step_ns; /* the latency: the sum of the next four */
    double gap_ns, data_ns, barrier_ns, compute_ns;
    double ceiling_ns;   /* time of a step's bytes at peak bandwidth; at most data wait + compute */
    double spread_ns;    /* from the first program's end to the last program's end of a step */
    double iteration_ns; /* from submission until the host has synchronised */
    double launch_ns;    /* from submission until step 0 begins */
    double ttft_ns, sync_ns;
};

/* Fills *means. False if the breakdown contains no steps; then *means is all 0. */
bool breakdown_means_of(const struct run *run, struct breakdown_means *means);
