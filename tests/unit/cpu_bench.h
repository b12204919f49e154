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

/* Runs one iteration with room for `room` rows of stamps, and returns its last batch. */
static inline struct stamp_batch iterate_and_keep(uint32_t room, enum look look)
{
    free(kept.stamps);
    kept = (struct stamps){.programs = bench.facts.programs, .room = room};
    kept.stamps = calloc((size_t)kept.programs * room, sizeof *kept.stamps);
    cr_assert_not_null(kept.stamps);
    submitted_ns = clock_now();
    submit(&bench, look);
    return finish(&bench, &kept);
}

/* Checks a program's rows of kept stamps. */
static inline void check_program_rows(uint32_t program)
{
    uint64_t before = 0;
    for (uint32_t r = 0; r < kept.rows; r++) {
        const struct stamp *stamp = &kept.stamps[(size_t)program * kept.room + r];
        cr_assert_eq(stamp->begin_ns == 0, stamp->end_ns == 0);
        if (stamp->end_ns == 0)
            continue;
        cr_assert_leq(stamp->begin_ns, stamp->end_ns);
        cr_assert_leq(before, stamp->begin_ns, "program %u, row %u", program, r);
        before = stamp->end_ns;
    }
}

/* Checks that every step has a kept stamp, and that none begins before all programs ended the
 * previous step. */
static inline void check_steps(uint64_t synchronised_ns)
{
    uint64_t before_ns = submitted_ns;
    for (uint32_t t = 0; t < kept.rows; t++) {
        uint64_t begin_ns = UINT64_MAX, end_ns = 0;
        for (uint32_t p = 0; p < kept.programs; p++) {
            const struct stamp *stamp = &kept.stamps[(size_t)p * kept.room + t];
            if (stamp->end_ns == 0)
                continue;
            begin_ns = stamp->begin_ns < begin_ns ? stamp->begin_ns : begin_ns;
            end_ns = stamp->end_ns > end_ns ? stamp->end_ns : end_ns;
        }
        cr_assert_gt(end_ns, 0, "step %u has no stamp", t);
        cr_assert_leq(before_ns, begin_ns, "step %u began before step %u ended", t, t - 1);
        before_ns = end_ns;
    }
    cr_assert_leq(before_ns, synchronised_ns);
}

/* Runs an iteration whose programs synchronise after each step, and checks every stamp. */
static inline void check_synchronised(void)
{
    const int64_t seq_len = bench.knobs.seq_len;
    const struct stamp_batch last = iterate_and_keep((uint32_t)seq_len, true);
    cr_assert_eq(kept.rows, seq_len);
    cr_assert_eq(last.left_out, 0);
    cr_assert_eq(last.heartbeat, (uint64_t)(seq_len * bench.knobs.threads));
    for (uint32_t p = 0; p < kept.programs; p++)
        check_program_rows(p);
    check_steps(last.synchronised_ns);
}

/* Forces SIMD path `turn` modulo the number of paths, or the baseline if the processor lacks that
 * path. */
static inline void force_path(unsigned turn)
{
    const enum dot_path path = turn % DOT_PATHS;
    dot_path_force(dot_path_runs(path) ? path : DOT_BASELINE);
}

/* Repeats iterations with the same state, alternately with and without stamps. Before each
 * iteration the output is poisoned; after it, `check` checks the output. `elements`: the size of
 * the output. */
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

/* Makes a plan. Fails the test if the variant refuses. */
static inline struct plan must_plan(const struct variant *variant, const struct knobs *knobs,
                                    const struct device_info *device)
{
    struct plan plan;
    assert_success(variant_plan(variant, knobs, device, &plan, &error));
    return plan;
}

/* Checks that a variant refuses the knobs, and that the reason contains `part`. */
static inline void expect_refusal(const struct variant *variant, const struct knobs *knobs,
                                  const struct device_info *device, const char *part)
{
    struct plan plan;
    cr_assert_not(variant_plan(variant, knobs, device, &plan, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    assert_contains(error.text, part);
}

/* Checks that a variant refuses knobs that need too much memory, with `part` in the reason, and
 * that the need is `bytes` and up to 1 % more. */
static inline void expect_need(const struct variant *variant, const struct knobs *knobs,
                               const struct device_info *device, const char *part, uint64_t bytes)
{
    unsigned long long needed = 0;
    expect_refusal(variant, knobs, device, part);
    sscanf(strstr(error.text, "needs"), "needs %llu", &needed);
    assert_success(needed > bytes && needed < bytes + bytes / 100);
}
