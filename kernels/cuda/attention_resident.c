#include "attention_resident.h"

#include <inttypes.h>
#include <string.h>

#define ROWS_LEAST  32u  /* of a program: below it, the sums of a part cost more than its rows */
#define SPLITS_MOST 256u /* as the knob */

/* What a program reads in a short step, at most. There a few programs fewer are worth while, if
 * then none works on two units: what is read is the memory's to give, but a step waits for the
 * program that has two pieces to add up, and it ties units together. */
#define SHORT_BYTES_MOST     (UINT64_C(1) << 20)
#define EVEN_LEAST(programs) ((programs) - (programs) / 16)

/* What a program reads in the time in which those of a unit meet. Where a unit is no more than so
 * much above an equal share, each has a program of its own, and nobody meets. */
#define MEETING_BYTES (UINT64_C(192) << 10)

struct plan {
    struct attention_units units;
    uint32_t programs, splits, warps, stages, threads, shared_bytes, partial_floats;
    uint64_t partial_bytes, work_bytes;
    bool is_short; /* the step */
};

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Programs, one an SM, and the fewest parts that they share evenly; or whole numbers of programs a
 * unit. */
static void share_out(const struct knobs *knobs, const struct attention_shape *shape,
                      const struct device_info *device, struct plan *plan)
{
    const uint64_t units = plan->units.count;
    const uint64_t worth = units * ((attention_rows(shape) + ROWS_LEAST - 1) / ROWS_LEAST);
    const uint64_t row_bytes = (uint64_t)2 * shape->head_dim * attention_element_bytes(shape->type);
    uint64_t programs = least(device->units, worth);
    const uint64_t unit_bytes = row_bytes * attention_rows(shape);
    if (knobs->splits > 0) {
        plan->splits = (uint32_t)knobs->splits;
        programs = least(device->units, units * plan->splits);
    } else if (units <= programs && unit_bytes <= units * unit_bytes / programs + MEETING_BYTES) {
        plan->splits = 1;
        programs = units;
    } else if (units * (programs / units) >= EVEN_LEAST(programs) &&
               units * unit_bytes <= programs * SHORT_BYTES_MOST &&
               programs / units <= SPLITS_MOST) {
        plan->splits = (uint32_t)(programs / units);
        programs = units * plan->splits;
    } else {
        plan->splits =
            (uint32_t)programs / greatest_common_divisor((uint32_t)programs, plan->units.count);
        plan->splits = plan->splits < SPLITS_MOST ? plan->splits : SPLITS_MOST;
        programs = least(programs, units * plan->splits);
    }
    plan->programs = (uint32_t)programs;
    plan->is_short = units * unit_bytes <= programs * SHORT_BYTES_MOST;
}

static bool make_plan(const struct attention_feed *feed, const struct knobs *knobs,
                      const struct device_info *device, struct plan *plan, struct error *error)
{
    if (!attention_accepts(knobs, error))
        return false;
    if (device->capability < feed->capability)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s needs compute capability %u.%u; this device has %u.%u", feed->name,
                         feed->capability / 10, feed->capability % 10, device->capability / 10,
                         device->capability % 10);
    if (!device->cooperative)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s needs cooperative launches, which this device lacks", feed->name);
    const struct attention_shape shape = attention_shape_of(knobs);
    *plan = (struct plan){.units = attention_units_of(&shape)};
    share_out(knobs, &shape, device, plan);
    plan->warps = feed->warps ? feed->warps : (uint32_t)knobs->kv_tile / 16;
    plan->stages = feed->stages ? feed->stages : (uint32_t)knobs->kv_stages;
    plan->threads = 32 * plan->warps;
    if (feed->more_warps > 0)
        plan->threads +=
            32 * feed->more_warps * ((plan->warps + feed->warps_per - 1) / feed->warps_per);
    const uint32_t stage_bytes = plan->warps * attention_strip_bytes(&shape);
    const uint32_t fixed = attention_fixed_bytes(&shape, &plan->units, plan->warps);
    const uint32_t most =
        device->shared_bytes > fixed ? (device->shared_bytes - fixed) / stage_bytes : 0;
    if (feed->stages > 0)
        plan->stages = (uint32_t)least(most, feed->stages);
    if (feed->short_stages > 0 && plan->is_short)
        plan->stages = (uint32_t)least(plan->stages, feed->short_stages);
    if (plan->stages > most || plan->stages == 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: KV_STAGES %u at KV_TILE %u needs %u bytes of shared memory; a CTA "
                         "has %u, which is room for %u",
                         feed->name, plan->stages, plan->warps * 16,
                         fixed + plan->stages * stage_bytes, device->shared_bytes, most);
    plan->shared_bytes = fixed + plan->stages * stage_bytes;
    plan->partial_floats = attention_partial_floats(&shape, &plan->units);
    plan->partial_bytes = (uint64_t)4 * plan->programs * plan->partial_floats * sizeof(float);
    plan->work_bytes = plan->partial_bytes +
                       (uint64_t)plan->units.count * ATTENTION_SHARED_LINES * sizeof(uint32_t);
    return true;
}

/* Whether all programs are resident at once: one an SM. */
static bool fits_device(const struct attention_feed *feed, const struct plan *plan,
                        struct error *error)
{
    const void *kernel = feed->kernels[plan->units.kernel];
    int on_sm = 0;
    if (cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             (int)plan->shared_bytes) != cudaSuccess ||
        cudaOccupancyMaxActiveBlocksPerMultiprocessor(&on_sm, kernel, (int)plan->threads,
                                                      plan->shared_bytes) != cudaSuccess) {
        cudaGetLastError();
        on_sm = 0;
    }
    if (on_sm > 0)
        return true;
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s: a CTA of %u threads and %u bytes of shared memory does not fit an SM of "
                     "this device",
                     feed->name, plan->threads, plan->shared_bytes);
}

bool attention_resident_supported(const struct attention_feed *feed, const struct knobs *knobs,
                                  const struct device_info *device, struct error *error)
{
    struct plan plan;
    return make_plan(feed, knobs, device, &plan, error) && fits_device(feed, &plan, error) &&
           attention_fits(knobs, plan.programs, plan.work_bytes, device, error);
}

void attention_resident_resolve(const struct attention_feed *feed, struct knobs *knobs,
                                const struct device_info *device)
{
    struct plan plan;
    struct error ignored;
    attention_resolve(knobs, device);
    if (knobs->splits == 0 && make_plan(feed, knobs, device, &plan, &ignored))
        knobs->splits = plan.splits;
}

void attention_resident_describe(const void *state, struct facts *facts)
{
    const struct attention_resident *resident = state;
    *facts = (struct facts){
        .programs = resident->run.programs,
        .launches_per_iteration = 1,
        .stamp_error_ns = gpu_clock_error(),
    };
}

bool attention_resident_open(struct attention_resident *state, const struct attention_feed *feed,
                             const struct setup *setup, struct error *error)
{
    struct plan plan;
    if (!make_plan(feed, setup->knobs, setup->device, &plan, error) ||
        !fits_device(feed, &plan, error))
        return false;
    const struct gpu_lab_plan lab_plan = {
        .setup = setup,
        .range_name = feed->name,
        .programs = plan.programs,
        .rows = (uint64_t)setup->knobs->seq_len,
        .ends = true,
    };
    if (!attention_open(&state->lab, &lab_plan, plan.work_bytes, error))
        return false;
    state->kernel = feed->kernels[plan.units.kernel];
    state->threads = plan.threads;
    state->shared_bytes = plan.shared_bytes;
    state->run = (struct attention_run){
        .data = state->lab.data,
        .link = state->lab.lab.link,
        .partials = state->lab.work,
        .counters = (uint32_t *)(void *)((char *)state->lab.work + plan.partial_bytes),
        .programs = plan.programs,
        .units = plan.units.count,
        .blocks = plan.units.blocks,
        .splits = plan.splits,
        .heads = plan.units.heads,
        .partial_floats = plan.partial_floats,
        .warps = plan.warps,
        .stages = plan.stages,
    };
    return true;
}

bool attention_resident_submit(struct attention_resident *state, void **arguments, enum look look,
                               struct error *error)
{
    struct gpu_lab *lab = &state->lab.lab;
    cudaLaunchAttribute attribute = {
        .id = cudaLaunchAttributeCooperative,
        .val.cooperative = 1,
    };
    const cudaLaunchConfig_t config = {
        .gridDim = {state->run.programs, 1, 1},
        .blockDim = {state->threads, 1, 1},
        .dynamicSmemBytes = state->shared_bytes,
        .stream = lab->stream,
        .attrs = &attribute,
        .numAttrs = 1,
    };
    cudaError_t status = cudaSuccess;
    if (lab->aborting) { /* the counts are off */
        state->run.round = 0;
        status = cudaMemsetAsync(
            state->run.counters, 0,
            (size_t)state->run.units * ATTENTION_SHARED_LINES * sizeof(uint32_t), lab->stream);
    }
    gpu_lab_begin(lab, look);
    state->run.link = lab->link;
    if (status == cudaSuccess)
        status = cudaLaunchKernelExC(&config, state->kernel, arguments);
    state->run.round += state->run.data.shape.seq_len;
    return gpu_lab_launched(lab, status, "cudaLaunchKernelExC", error);
}
