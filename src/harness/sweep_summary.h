/*
 * sweep_summary.h - results of a sweep: the figures of every finished point, as a CSV table and
 * as a plot.
 */
#pragma once

#include "../engine/run.h"
#include "sweep.h"

/* One variant at one point. */
struct sweep_result {
    enum run_status status; /* RUN_WAITING: the point is not finished */
    enum verdict verdict;
    uint64_t iterations;                                           /* samples; 0: no figures */
    uint64_t iteration_p50_ns, iteration_p90_ns, iteration_p99_ns; /* 0, above p50: too few samples;
                                                                      HISTOGRAM_MOST_NS: at least
                                                                      that; likewise below */
    uint64_t step_p50_ns, step_p99_ns;
    double tokens_per_s;
    struct evidence evidence;
    uint32_t processes; /* processes that measured it */
    double half_width;  /* half the 95 % interval of its median, from several processes; else 0 */
    bool fastest;       /* fastest, or not significantly slower, of the verified runs with the same
                           workload at its point. With one process: false */
    char *reason;       /* why skipped, failed or wrong; owned; NULL: nothing to report */
};

/* [points][variants] of a plan. */
struct sweep_results {
    struct sweep_result *all;
    uint32_t points, variants;
};

/* Allocates memory for a plan. False: out of memory. */
bool sweep_results_open(const struct sweep *sweep, struct sweep_results *results);
void sweep_results_close(struct sweep_results *results); /* a zeroed one is allowed */

/* The result of the plan's variant `variant` at point `number` (from 1). */
struct sweep_result *sweep_result_at(const struct sweep_results *results, uint32_t number,
                                     uint32_t variant);

/* Whether point `number` is finished, and how many are. */
bool sweep_is_finished(const struct sweep_results *results, uint32_t number);
uint32_t sweep_finished(const struct sweep_results *results);

/* Takes the figures of a finished point from its runs, one per variant. */
void sweep_results_take(struct sweep_results *results, uint32_t number, const struct run *runs);

/* "ok", "failed", "skipped". */
const char *sweep_status_name(const struct sweep_result *result);

/* The finished points as CSV, one row per variant and point (malloc). NULL: out of memory. */
char *sweep_print_csv(const struct sweep *sweep, const struct sweep_results *results,
                      size_t *length);

/* The finished points as a plot (malloc): the iteration's median over the first varied knob, one
 * line per variant, one panel for each setting of the other varied knobs. NULL: out of memory. */
char *sweep_print_svg(const struct sweep *sweep, const struct sweep_results *results,
                      size_t *length);
