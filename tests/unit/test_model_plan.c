#include "../../kernels/model_checkpoint.h"
#include "../../kernels/plan/gpu_memory.h"
#include "../../kernels/plan/model_plan.h"
#include "../../src/engine/knobs.h"
#include "capacity.h"
#include "random.h"

static struct error error;

/* ---- plans ----------------------------------------------------------------------------------- */

static const struct capacity_kernel plain_kernel = {.registers = 128};
static const struct capacity_kernel phased_kernel = {.registers = 160};
static const void *plain[MODEL_RANGES][MODEL_DIMS], *phased[MODEL_RANGES][MODEL_DIMS];

static const struct model_kernel kernels[] = {
    {.name = "launches", .kernels = plain, .capability = 80},
    {.name = "overlaps", .kernels = plain, .overlaps = true, .capability = 90},
    {.name = "persistent",
     .kernels = plain,
     .phased = phased,
     .persistent = true,
     .capability = 80},
    {.name = "ring",
     .kernels = plain,
     .phased = phased,
     .persistent = true,
     .ring = true,
     .capability = 90},
};

enum { LAUNCHES, OVERLAPS, PERSISTENT, RING };

static void fill_kernels(void)
{
    for (size_t i = 0; i < MODEL_RANGES * MODEL_DIMS; i++) {
        plain[i / MODEL_DIMS][i % MODEL_DIMS] = &plain_kernel;
        phased[i / MODEL_DIMS][i % MODEL_DIMS] = &phased_kernel;
    }
}

TestSuite(model_plan, .init = fill_kernels);

static struct knobs defaults(void)
{
    struct knobs knobs = knobs_defaults();
    knobs.batch = 1;
    return knobs;
}

/* Plans like variant_plan: `used` begins as a copy of the user's knobs. */
static bool make(int kernel, const struct knobs *knobs, const struct capacity_fixture *gpu,
                 struct plan *plan)
{
    error = (struct error){0};
    memset(plan, 0, sizeof *plan);
    plan->used = *knobs;
    return model_plan(&kernels[kernel], knobs, &gpu->device, &gpu->capacity, plan, &error);
}

static struct plan must_make(int kernel, const struct knobs *knobs,
                             const struct capacity_fixture *gpu)
{
    struct plan plan;
    cr_assert(make(kernel, knobs, gpu, &plan), "%s on %s: %s", kernels[kernel].name, gpu->name,
              error.text);
    return plan;
}

static void check_refused(int kernel, const struct knobs *knobs, const struct capacity_fixture *gpu,
                          const char *text)
{
    struct plan plan;
    cr_assert_not(make(kernel, knobs, gpu, &plan));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    cr_assert_str_eq(error.text, text);
}

static void judge(int kernel, const struct knobs *knobs, const struct capacity_fixture *gpu,
                  const struct plan *plan)
{
    const struct knobs *used = &plan->used;
    const struct model_shape shape = model_shape_of(used);
    const uint32_t fixed = model_act_bytes(&shape) + model_sums_bytes(shape.batch);
    const uint32_t pairs = shape.batch * shape.config.kv_heads;
    capacity_check(gpu, plan);
    cr_assert_leq(plan->shared_bytes, gpu->device.shared_bytes);
    cr_assert_neq(used->model, KNOB_AUTO);
    cr_assert_neq(used->layers, KNOB_AUTO);
    cr_assert_eq(plan->ctas, gpu->device.units, "one CTA per SM");
    cr_assert_eq(plan->warps, MODEL_WARPS);
    cr_assert_eq(plan->cluster, 1);
    cr_assert_eq(plan->cooperative, kernels[kernel].persistent);
    cr_assert_eq(plan->programs, kernels[kernel].persistent ? plan->ctas : 1);
    cr_assert_eq(plan->phased != NULL, kernels[kernel].phased && used->phases);
    cr_assert_eq(used->splits, plan->splits);
    cr_assert(plan->splits >= 1 && plan->splits <= model_rows(&shape));
    if (knobs->splits == 0 && plan->splits > 1)
        cr_assert_leq(plan->splits * pairs, plan->ctas, "some splits have no program");
    cr_assert_eq(plan->work_bytes,
                 model_lay_out(&shape, plan->splits, plan->ctas, kernels[kernel].ring).total);
    cr_assert_leq(plan->work_bytes + gpu_stamp_bytes(used, plan->programs, shape.seq_len),
                  gpu->device.memory_free_bytes / 10 * 9);
    if (!kernels[kernel].ring) {
        cr_assert_eq(plan->threads, 32 * MODEL_WARPS);
        cr_assert(plan->stages == MODEL_DEPTH_LEAST || plan->stages == MODEL_DEPTH ||
                  plan->stages == MODEL_DEPTH_MOST);
        cr_assert_gt(plan->shared_bytes, fixed + plan->stages * MODEL_GROUP_BYTES);
        if (plan->stages == MODEL_DEPTH_LEAST)
            cr_assert_gt(plan->shared_bytes + MODEL_GROUP_BYTES, gpu->device.shared_bytes,
                         "another group would fit");
        return;
    }
    cr_assert_eq(plan->threads, 32 * MODEL_WARPS + MODEL_LOADER_THREADS);
    cr_assert_eq(plan->stages, used->weight_stages);
    cr_assert(plan->stages >= 2 && plan->stages <= 32);
    cr_assert(used->stage_bytes >= MODEL_GROUP_BYTES && used->stage_bytes % MODEL_GROUP_BYTES == 0);
    cr_assert(used->loads_in_flight >= 1 && used->loads_in_flight <= used->weight_stages);
    cr_assert_geq(plan->shared_bytes,
                  fixed + model_own_bytes(&shape, plan->ctas) + MODEL_SMALL_BYTES +
                      plan->stages * ((uint32_t)used->stage_bytes + 2 * sizeof(uint64_t)));
    for (enum knob_id id = KNOB_WEIGHT_STAGES; id <= KNOB_LOADS_IN_FLIGHT; id++)
        cr_assert(knob_valid(id, used->value[id]) && used->value[id] != KNOB_AUTO);
    if (knobs->weight_stages != KNOB_AUTO)
        cr_assert_eq(used->weight_stages, knobs->weight_stages);
    else if (plan->stages < 32)
        cr_assert_gt(plan->shared_bytes + used->stage_bytes + 2 * sizeof(uint64_t),
                     gpu->device.shared_bytes, "another stage would fit");
}

static struct knobs draw(uint64_t *random)
{
    struct knobs knobs = defaults();
    knobs.model = RANDOM_OF(random, KNOB_AUTO, MODEL_TINY, MODEL_LLAMA_1B, MODEL_QWEN3_0_6B);
    knobs.layers = RANDOM_OF(random, KNOB_AUTO, 1, 2, 4);
    knobs.batch = RANDOM_OF(random, 1, 1, 2, 3, 5, 8);
    knobs.context = RANDOM_OF(random, 0, 1, 255, 1024, 8192);
    knobs.seq_len = RANDOM_OF(random, 1, 2, 32, 512);
    knobs.splits = RANDOM_OF(random, 0, 0, 1, 3, 256);
    knobs.phases = RANDOM_OF(random, 0, 1);
    knobs.weight_stages = RANDOM_OF(random, KNOB_AUTO, KNOB_AUTO, 2, 5, 32);
    knobs.stage_bytes = RANDOM_OF(random, KNOB_AUTO, 16384, 32768, 65536);
    knobs.loads_in_flight = RANDOM_OF(random, KNOB_AUTO, 1, 8, 32);
    return knobs;
}

Test(model_plan, plans_fit_their_device_and_are_reproducible)
{
    uint64_t random = 11;
    uint32_t made[CAPACITY_NAMES] = {0};
    for (int i = 0; i < 600; i++) {
        const struct knobs knobs = draw(&random);
        for (int name = 0; name < CAPACITY_NAMES; name++)
            for (int kernel = LAUNCHES; kernel <= RING; kernel++) {
                struct capacity_fixture gpu = capacity_gpu((enum capacity_name)name);
                struct plan plan;
                if (!make(kernel, &knobs, &gpu, &plan)) {
                    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
                    cr_assert_gt(strlen(error.text), 20, "%s", error.text);
                    continue;
                }
                made[name]++;
                judge(kernel, &knobs, &gpu, &plan);
                struct plan again = must_make(kernel, &knobs, &gpu);
                cr_assert_eq(memcmp(&plan, &again, sizeof plan), 0, "not the same plan");
                again = must_make(kernel, &plan.used, &gpu);
                cr_assert_eq(memcmp(&plan, &again, sizeof plan), 0,
                             "the resolved knobs give a different plan");
            }
    }
    for (int name = 0; name < CAPACITY_NAMES; name++)
        cr_assert(made[name] > 300 || name == CAPACITY_LAPTOP, "%s: only %u plans",
                  capacity_gpu((enum capacity_name)name).name, made[name]);
}

Test(model_plan, auto_is_llama_with_all_layers_and_a_full_ring)
{
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    const struct knobs knobs = defaults();
    const struct plan plan = must_make(RING, &knobs, &gpu);
    cr_assert_eq(plan.used.model, MODEL_LLAMA_1B);
    cr_assert_eq(plan.used.layers, 16);
    cr_assert_eq(plan.used.stage_bytes, 16384);
    cr_assert_eq(plan.used.loads_in_flight, 3);
    cr_assert_eq(plan.stages, 12);
    cr_assert_eq(plan.splits, 5, "1,056 rows in parts of at least 256");
    cr_assert_eq(plan.ctas, 132);
}

Test(model_plan, loads_in_flight_are_at_most_the_stages)
{
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H100);
    struct knobs knobs = defaults();
    knobs.loads_in_flight = 32;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.loads_in_flight, 12);
    knobs.weight_stages = 2;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.loads_in_flight, 2);
    knobs.loads_in_flight = KNOB_AUTO;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.loads_in_flight, 2);
    knobs.loads_in_flight = 1;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.loads_in_flight, 1);
}

Test(model_plan, splits_fill_the_device_and_never_exceed_the_rows)
{
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    struct knobs knobs = defaults();
    knobs.context = 8192;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 16,
                 "132 programs for 8 (sequence, K/V head) pairs");
    knobs.batch = 4;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 4);
    knobs.model = MODEL_TINY;
    knobs.batch = 8;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 8);
    knobs.context = 0;
    knobs.seq_len = 1;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 1);
    knobs.splits = 256;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 1, "a single row");
    knobs.seq_len = 7;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 7);
}

/* ---- refusals ------------------------------------------------------------------------------- */

Test(model_plan, a_refusal_names_the_reason)
{
    struct capacity_fixture a100 = capacity_gpu(CAPACITY_A100);
    const struct capacity_fixture laptop = capacity_gpu(CAPACITY_LAPTOP);
    const struct capacity_fixture h100 = capacity_gpu(CAPACITY_H100);
    struct knobs knobs = defaults();
    check_refused(RING, &knobs, &a100, "ring needs compute capability 9.0; this device has 8.0");
    check_refused(OVERLAPS, &knobs, &laptop,
                  "overlaps needs compute capability 9.0; this device has 8.9");
    a100.device.cooperative = false;
    check_refused(PERSISTENT, &knobs, &a100,
                  "persistent needs cooperative launches, which this device lacks");
    must_make(LAUNCHES, &knobs, &a100);
    must_make(LAUNCHES, &knobs, &laptop);
    knobs.batch = 2;
    check_refused(LAUNCHES, &knobs, &laptop,
                  "launches: a CTA of 256 threads with 115840 bytes of shared memory does not fit "
                  "on this GPU; a smaller BATCH needs less");
    knobs.batch = 1;
    knobs.weight_stages = 13;
    check_refused(RING, &knobs, &h100,
                  "ring: 13 stages of 16384 bytes do not fit; 210688 bytes of shared memory are "
                  "left, enough for 12: lower WEIGHT_STAGES, STAGE_BYTES or BATCH");
    knobs = defaults();
    knobs.batch = 8;
    knobs.stage_bytes = 65536;
    check_refused(RING, &knobs, &h100,
                  "ring: 2 stages of 65536 bytes do not fit; 91136 bytes of shared memory are "
                  "left, enough for 1: lower WEIGHT_STAGES, STAGE_BYTES or BATCH");
    knobs = defaults();
    knobs.layers = 17;
    check_refused(RING, &knobs, &h100, "LAYERS 17 is out of range: llama-1b has 16 layers");
}

Test(model_plan, heads_of_96_elements_are_refused)
{
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H100);
    struct model_checkpoint checkpoint = {.config = *model_config_of(MODEL_TINY)};
    const struct knobs knobs = defaults();
    checkpoint.config.head_dim = 96;
    model_checkpoint_use(&checkpoint);
    for (int kernel = LAUNCHES; kernel <= RING; kernel++)
        check_refused(kernel, &knobs, &gpu,
                      "heads of 96 elements: GPU variants of model accept 32, 64 or 128");
    checkpoint.config.head_dim = 128;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.model, MODEL_CHECKPOINT);
    model_checkpoint_use(NULL);
}

Test(model_plan, a_refusal_names_the_memory_that_is_needed)
{
    const struct knobs knobs = defaults();
    for (int kernel = LAUNCHES; kernel <= RING; kernel++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        const struct plan plan = must_make(kernel, &knobs, &gpu);
        const uint64_t bytes = plan.work_bytes + gpu_stamp_bytes(&plan.used, plan.programs, 32);
        struct plan ignored;
        char text[64];
        gpu.device.memory_free_bytes = (bytes + 8) / 9 * 10;
        must_make(kernel, &knobs, &gpu);
        gpu.device.memory_free_bytes = (bytes - 1) / 9 * 10;
        cr_assert_not(make(kernel, &knobs, &gpu, &ignored));
        snprintf(text, sizeof text, "needs %llu bytes of GPU memory", (unsigned long long)bytes);
        assert_contains(error.text, text);
        assert_contains(error.text, "BATCH 1, CONTEXT 1024, SEQ_LEN 32");
    }
}

Test(model_plan, a_laptop_runs_tiny_without_a_ring_for_batches_up_to_five)
{
    const struct capacity_fixture laptop = capacity_gpu(CAPACITY_LAPTOP);
    struct knobs knobs = defaults();
    knobs.model = MODEL_TINY;
    for (knobs.batch = 1; knobs.batch <= 5; knobs.batch++) {
        must_make(LAUNCHES, &knobs, &laptop);
        must_make(PERSISTENT, &knobs, &laptop);
    }
}

/* With phases, another kernel for the same head dimension and batch is launched. */
Test(model_plan, the_kernel_depends_on_the_head_dimension_and_the_batch)
{
    static const enum model_id models[MODEL_DIMS] = {MODEL_TINY, MODEL_LLAMA_1B, MODEL_QWEN3_0_6B};
    static const uint32_t last_batches[MODEL_RANGES] = {1, MODEL_BATCH_FEW, MODEL_BATCH_MOST};
    static struct capacity_kernel own[2][MODEL_RANGES][MODEL_DIMS];
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    for (size_t range = 0; range < MODEL_RANGES; range++)
        for (size_t dim = 0; dim < MODEL_DIMS; dim++) {
            own[0][range][dim] = plain_kernel;
            own[1][range][dim] = phased_kernel;
            plain[range][dim] = &own[0][range][dim];
            phased[range][dim] = &own[1][range][dim];
        }
    for (size_t dim = 0; dim < MODEL_DIMS; dim++)
        for (uint32_t batch = 1, range = 0; batch <= MODEL_BATCH_MOST; batch++) {
            range += batch > last_batches[range];
            struct knobs knobs = defaults();
            knobs.model = models[dim];
            knobs.batch = batch;
            cr_assert_eq(must_make(RING, &knobs, &gpu).kernel, &own[0][range][dim]);
            cr_assert_null(must_make(RING, &knobs, &gpu).phased);
            knobs.phases = 1;
            cr_assert_eq(must_make(RING, &knobs, &gpu).kernel, &own[0][range][dim]);
            cr_assert_eq(must_make(RING, &knobs, &gpu).phased, &own[1][range][dim]);
            cr_assert_null(must_make(LAUNCHES, &knobs, &gpu).phased);
        }
}
