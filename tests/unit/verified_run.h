/*
 * verified_run.h - finished runs with known samples, and the device that made them.
 */
#pragma once

#include "../../src/engine/knobs.h"
#include "../../src/engine/run.h"
#include "../../src/engine/targets.h"
#include "unit.h"

static const struct device_info some_cpu = {
    .backend = BACKEND_CPU, .id = "cpu", .name = "Some CPU"};

/* A finished run of a variant, verified by 3 of 8 sequences and without samples. Close it with
 * run_close. `knobs` may be NULL: the defaults. */
static inline void open_verified(struct run *run, const char *variant, const struct knobs *knobs)
{
    const struct knobs defaults = knobs_defaults();
    knobs = knobs ? knobs : &defaults;
    cr_assert(run_open(run));
    run_begin(run, variant_find(variant), knobs, knobs, 1);
    run->status = RUN_DONE;
    run->verification = (struct verification){VERDICT_RIGHT, 3, 8, 0, ""};
}

/* Adds a process with this median. */
static inline void add_process(struct run *run, double p50_ns)
{
    struct process process = {.iterations = 10, .p50_ns = (uint64_t)p50_ns};
    snprintf(process.id, sizeof process.id, "%u", run->process_count);
    cr_assert(run_add_process(run, &process));
}

/* Records a duration `times` times. */
static inline void record_times(struct run *run, enum metric metric, uint64_t ns, uint64_t times)
{
    for (uint64_t i = 0; i < times; i++)
        histogram_record(&run->histograms[metric], ns);
}
