/*
 * bench.h - runs a CPU variant for a test: prepares it, runs one iteration at a time, keeps its
 * stamps and checks them.
 */
#pragma once

#include "../../kernels/clock.h"
#include "../../kernels/cpu/cpu.h"
#include "../../kernels/cpu/dot.h"
#include "../../src/engine/knobs.h"
#include "part.h"
#include "unit.h"

#define POLL_NS UINT64_C(200000)

/* A prepared variant, and the objects that its setup points to. */
struct bench {
    const struct variant *variant;
    struct device_info device;
    struct knobs knobs; /* the plan's resolved knobs */
    struct plan plan;
    uint32_t stop;
    struct facts facts;
    void *state;
};

/* Plans the variant, prepares and poisons it. */
static inline void open_bench(struct bench *bench, const struct variant *variant,
                              const struct knobs *knobs)
{
    struct error error = {0};
    *bench = (struct bench){.variant = variant};
    assert_success(cpu_device.open(0, &bench->device, &error));
    assert_success(variant_plan(variant, knobs, &bench->device, &bench->plan, &error));
    bench->knobs = bench->plan.used;
    const struct setup setup = {&bench->plan, &bench->device, &bench->stop};
    bench->state = variant->ops->prepare(&setup, &error);
    cr_assert_not_null(bench->state, "%s", error.text);
    variant->ops->poison(bench->state);
    variant->ops->describe(bench->state, &bench->facts);
}

static inline void close_bench(struct bench *bench)
{
    bench->variant->ops->release(bench->state);
}

static inline void submit(struct bench *bench, enum look look)
{
    struct error error = {0};
    assert_success(bench->variant->ops->submit(bench->state, look, &error));
}

static inline enum poll_state poll_bench(struct bench *bench, struct stamp_batch *batch)
{
    struct error error = {0};
    enum poll_state state = bench->variant->ops->poll(bench->state, POLL_NS, batch, &error);
    cr_assert_neq(state, POLL_FAILED, "%s", error.text);
    return state;
}

/* The stamps of an iteration. */
struct stamps {
    struct stamp *stamps; /* [programs][room]; malloc */
    uint32_t programs, rows, room;
};

static inline void keep_rows(struct stamps *all, const struct stamp_batch *batch)
{
    cr_assert_eq(batch->first, all->rows, "rows come in order, each once");
    cr_assert_leq(batch->first + batch->count, all->room);
    for (uint32_t p = 0; p < batch->programs; p++)
        for (uint32_t r = batch->first; r < batch->first + batch->count; r++)
            all->stamps[(size_t)p * all->room + r] = batch->stamps[p * batch->stride + r];
    all->rows += batch->count;
}

/* Runs the iteration to its end, and returns the last batch. Adds all stamps to *all, unless it is
 * NULL. */
static inline struct stamp_batch finish(struct bench *bench, struct stamps *all)
{
    struct stamp_batch batch;
    enum poll_state state;
    do {
        state = poll_bench(bench, &batch);
        if (all != NULL)
            keep_rows(all, &batch);
    } while (state == POLL_RUNNING);
    return batch;
}

/* Runs one iteration, and returns its last batch. */
static inline struct stamp_batch iterate(struct bench *bench, enum look look)
{
    submit(bench, look);
    return finish(bench, NULL);
}

/* One part of the output, [rows][columns]; malloc. */
static inline float *output_of(const struct bench *bench, uint32_t part)
{
    const struct workload_part shape = bench->variant->workload->part(&bench->knobs, part);
    float *rows = malloc((size_t)shape.rows * shape.columns * sizeof *rows);
    cr_assert_not_null(rows);
    bench->variant->ops->output(bench->state, part, rows);
    return rows;
}

/* Writes the knobs that the variant reads: " SEQ_LEN 9 BATCH 2". */
static inline void write_knobs(const struct bench *bench, char *text, size_t size)
{
    char value[64];
    size_t at = 0;
    for (int id = 0; id < KNOB_COUNT && at < size; id++)
        if (bench->variant->knobs >> id & 1) {
            knob_text((enum knob_id)id, bench->knobs.value[id], value, sizeof value);
            at += (size_t)snprintf(text + at, size - at, " %s %s", knob_table[id].name, value);
        }
}

/* Checks every stride-th of the first `parts` parts of the output, and that no NaN is left. `most`:
 * the largest accepted relative L2 error. */
static inline void check_parts(const struct bench *bench, int64_t parts, uint32_t stride,
                               double most)
{
    char knobs[1024];
    cr_assert_eq(bench->variant->ops->count_nan(bench->state), 0);
    for (uint32_t part = 0; part < parts; part += stride) {
        struct workload_sum sum = {0};
        float *rows = output_of(bench, part);
        const double error =
            part_compare(bench->variant->workload, &bench->knobs, part, rows, &sum);
        write_knobs(bench, knobs, sizeof knobs);
        cr_assert_lt(error, most, "%s: %g in part %u;%s; path %s", bench->variant->name, error,
                     part, knobs, dot_path_name(dot_path_chosen()));
        free(rows);
    }
}

static inline void raise_stop(struct bench *bench, uint32_t stop)
{
    __atomic_store_n(&bench->stop, stop, __ATOMIC_RELAXED);
}
