#include "noise_measure.h"

#include "../base/interrupt.h"
#include "../engine/knobs.h"
#include "../engine/targets.h"
#include "measure.h"
#include "progress.h"
#include "rounds.h"

static const char *const names[BACKEND_COUNT][NOISE_VARIANTS] = {
    [BACKEND_CPU] = {"cpu_per_token", "cpu_persistent", "cpu_attention_persistent"},
    [BACKEND_CUDA] = {"persistent_decode_cuda", "persistent_decode_graph_chain",
                      "attention_cp_async"},
};

const struct noise_plan noise_plan_default = {.processes = NOISE_PROCESSES, .each_ns = NOISE_NS};

/* Measures one variant once, in a new process, and adds its median to `part`. */
static void measure_once(struct isolate *isolate, uint32_t index, uint64_t each_ns,
                         struct noise_part *part)
{
    const struct run *run = &isolate->runs[index];
    struct isolate_order order = {
        .knobs = knobs_defaults(), .limit_ns = UINT64_MAX, .duration_ns = each_ns};
    order.knobs.iterations = 0;
    isolate_rest(isolate);
    isolate_perform(isolate, index, &order);
    const struct histogram *histogram = &run->histograms[run_decode_metric(run)];
    if (run->status != RUN_FAILED && histogram->count > 0 && interrupt_level == 0)
        part->p50s_ns[part->count++] = histogram_percentile(histogram, 0.5);
    else if (run->error.kind != ERROR_NONE)
        part->error = run->error;
}

static void measure_all(const struct noise_plan *plan, struct isolate *isolate,
                        struct noise_measurement *measurement)
{
    const uint32_t seed = rounds_seed(false, 0);
    uint32_t order[NOISE_VARIANTS], done = 0;
    for (uint32_t round = 0; round < plan->processes; round++) {
        rounds_order(seed, 0, round + 1, isolate->count, order);
        for (uint32_t i = 0; i < isolate->count && interrupt_level == 0; i++, done++) {
            struct noise_part *part = &measurement->parts[order[i]];
            if (part->error.kind != ERROR_NONE)
                continue;
            if (progress_seen() && progress_due())
                progress_show("noise of %s: process %u of %u, %s", isolate->device.id, done + 1,
                              plan->processes * isolate->count, part->variant->name);
            measure_once(isolate, order[i], plan->each_ns, part);
        }
    }
    progress_clear();
}

/* Computes each variant's sigma; the device's noise is the largest. */
static void conclude(const struct noise_plan *plan, struct noise_measurement *measurement)
{
    for (uint32_t i = 0; i < measurement->count; i++) {
        struct noise_part *part = &measurement->parts[i];
        if (part->count < plan->processes)
            continue;
        part->sigma = noise_sigma(part->p50s_ns, part->count);
        if (measurement->noise.processes == 0 || part->sigma > measurement->noise.sigma)
            measurement->noise = (struct noise){.sigma = part->sigma, .processes = part->count};
    }
}

bool noise_measure(const struct noise_plan *plan, enum backend backend, int index,
                   struct noise_measurement *measurement, struct error *error)
{
    static struct isolate isolate;
    const struct variant *asked[NOISE_VARIANTS];
    const struct knobs knobs = knobs_defaults();
    *measurement = (struct noise_measurement){0};
    for (uint32_t i = 0; i < NOISE_VARIANTS; i++)
        if ((asked[measurement->count] = variant_find(names[backend][i])) != NULL) {
            measurement->parts[measurement->count].variant = asked[measurement->count];
            measurement->count++;
        }
    if (!isolate_open(&isolate, &measure_task, backend, index, asked, measurement->count, &knobs,
                      error))
        return false;
    measurement->device = isolate.device;
    for (uint32_t i = 0; i < measurement->count; i++)
        if (isolate.runs[i].status == RUN_SKIPPED)
            measurement->parts[i].error = isolate.runs[i].error;
    measure_all(plan, &isolate, measurement);
    isolate_close(&isolate);
    if (interrupt_level > 0)
        return error_set(error, ERROR_RUN, "interrupted");
    conclude(plan, measurement);
    return true;
}
