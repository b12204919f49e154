/*
 * cpu_bench.h - for tests of CPU variants: one prepared variant at a time, and checks that several
 * tests share.
 */
#pragma once

#include "bench.h"

#include <time.h>

static struct error error; /* of the call that failed last */
static struct bench bench;
static struct stamps kept;    /* the stamps of iterate_and_keep's last iteration */
static uint64_t submitted_ns; /* the clock before that iteration was submitted */

/* Knobs of a workload of dot products. */
static inline struct knobs dot_knobs(int64_t batch, int64_t seq_len, int64_t head_dim,
                                     int64_t threads)
{
    return (struct knobs){.batch = batch,
                          .seq_len = seq_len,
                          .head_dim = head_dim,
                          .threads = threads,
                          .chain = 1,
                          .stamps = 1,
                          .seed = 42,
                          .spin_ns = KNOB_AUTO};
}

/* For TestSuite: releases the prepared variant, if there is one, and its stamps. */
static inline void release(void)
{
    if (bench.variant != NULL)
        close_bench(&bench);
    bench.variant = NULL;
    free(kept.stamps);
    kept.stamps = NULL;
}

/* Releases the previous variant, and prepares this one. */
static inline void prepare(const struct variant *variant, const struct knobs *knobs)
{
    release();
    open_bench(&bench, variant, knobs);
}

/* Runs one iteration with room for so many rows of stamps, and returns its last batch. */
static inline struct stamp_batch iterate_and_keep(uint32_t room, enum look look)
{
    free(kept.stamps);
    kept = open_stamps(&bench, room);
    submitted_ns = clock_now();
    submit(&bench, look);
    return finish(&bench, &kept);
}

/* Forces the SIMD path of this turn; the baseline if the processor lacks that path. */
static inline void force_path(unsigned turn)
{
    const enum dot_path path = turn % DOT_PATHS;
    dot_path_force(dot_path_runs(path) ? path : DOT_BASELINE);
}

/* Repeats iterations with the same state, with and without stamps. `elements`: the size of the
 * output, which is poisoned before each; `check` checks it afterwards. */
static inline void check_repeats(uint64_t elements, void (*check)(void))
{
    for (int repeat = 0; repeat < 10; repeat++) {
        bench.variant->ops->poison(bench.state);
        cr_assert_eq(bench.variant->ops->count_nan(bench.state), elements);
        iterate(&bench, repeat % 2 == 0);
        check();
    }
}

/* Stops 30 iterations, each step_ns later than the previous one. */
static inline void stop_at_any_moment(long step_ns)
{
    for (long i = 0; i < 30; i++) {
        raise_stop(&bench, 0);
        submit(&bench, true);
        nanosleep(&(struct timespec){.tv_nsec = i * step_ns}, NULL);
        raise_stop(&bench, 1);
        finish(&bench, NULL);
    }
}

/* ---- plans ----------------------------------------------------------------------------------- */

/* Plans, and fails the test without a plan. */
static inline struct plan must_plan(const struct variant *variant, const struct knobs *knobs,
                                    const struct device_info *device)
{
    struct plan plan;
    assert_success(variant_plan(variant, knobs, device, &plan, &error));
    return plan;
}

/* Checks that a variant refuses knobs that need too much memory, with `part` in the reason, and
 * that the need is `bytes` and up to 1 % more. */
static inline void expect_need(const struct variant *variant, const struct knobs *knobs,
                               const struct device_info *device, const char *part, uint64_t bytes)
{
    struct plan plan;
    unsigned long long needed = 0;
    expect_refusal(variant, knobs, device, part);
    cr_assert_not(variant_plan(variant, knobs, device, &plan, &error));
    sscanf(strstr(error.text, "needs"), "needs %llu", &needed);
    assert_success(needed > bytes && needed < bytes + bytes / 100);
}
