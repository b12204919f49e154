/*
 * sweep_summary.h - the results of a sweep: the figures of every finished point, printed as a CSV
 * table and as a plot.
 */
#pragma once

#include "../engine/run.h"
#include "sweep.h"

/* The result of one variant at one point. */
struct sweep_result {
    enum run_status status; /* RUN_WAITING: the point is not finished */
    enum verdict verdict;
    uint64_t iterations;                                           /* number of samples; 0: there
                                                                      are no figures */
    uint64_t iteration_p50_ns, iteration_p90_ns, iteration_p99_ns; /* p90 and p99 are 0 if there are
                                                                      too few samples.
                                                                      HISTOGRAM_MOST_NS means that
                                                                      value or more. Also below */
    uint64_t step_p50_ns, step_p99_ns;
    double tokens_per_s;
    struct evidence evidence;
    uint32_t processes; /* number of processes that measured the variant */
    double half_width;  /* half the 95 % interval of the median, relative to it; 0 for one
                           process */
    bool fastest;       /* of the verified runs of the same target at this point, the fastest or not
                           significantly slower. False if one process measured it */
    char *reason;       /* why the run was skipped, failed or wrong; owned; NULL: it was not */
};

/* The results of a plan, as an array [points][variants]. */
struct sweep_results {
    struct sweep_result *all;
    uint32_t points, variants;
};

/* Allocates the results of a plan. Returns false if out of memory. */
bool sweep_results_open(const struct sweep *sweep, struct sweep_results *results);
void sweep_results_close(struct sweep_results *results); /* a zeroed struct is allowed */

/* Returns the result of variant `variant` of the plan at point `number` (from 1). */
struct sweep_result *sweep_result_at(const struct sweep_results *results, uint32_t number,
                                     uint32_t variant);

/* Whether point `number` is finished; and how many points are. */
bool sweep_is_finished(const struct sweep_results *results, uint32_t number);
uint32_t sweep_finished(const struct sweep_results *results);

/* Copies the figures of a finished point from its runs, one per variant. */
void sweep_results_take(struct sweep_results *results, uint32_t number, const struct run *runs);

/* Returns "ok", "failed" or "skipped". */
const char *sweep_status_name(const struct sweep_result *result);

/* Returns the finished points as CSV, one row per variant and point. The caller frees the text.
 * NULL: out of memory. */
char *sweep_print_csv(const struct sweep *sweep, const struct sweep_results *results,
                      size_t *length);

/* Returns the finished points as a plot in SVG, which the caller frees. It plots the iteration's
 * median against the first varied knob, with one line per variant and one panel for each
 * combination of the other varied knobs. NULL: out of memory. */
char *sweep_print_svg(const struct sweep *sweep, const struct sweep_results *results,
                      size_t *length);
