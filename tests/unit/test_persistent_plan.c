#include "../../kernels/plan/persistent_plan.h"
#include "capacity.h"
#include "random.h"

#include <inttypes.h>

static struct error error;

/* The kernels of the table. As in compiled kernels, more tiles take more registers. */
static const struct capacity_kernel kernels[PERSISTENT_KERNELS] = {
#define ROW(LANES, TILES) {.registers = 32 + 8 * (TILES)},
    PERSISTENT_TABLE(ROW)
#undef ROW
};

static const uint32_t shapes[PERSISTENT_KERNELS][2] = {
#define ROW(LANES, TILES) {LANES, TILES},
    PERSISTENT_TABLE(ROW)
#undef ROW
};

/* Kernels with phases take more registers. */
static const struct capacity_kernel larger[PERSISTENT_KERNELS] = {
#define ROW(LANES, TILES) {.registers = 64 + 8 * (TILES)},
    PERSISTENT_TABLE(ROW)
#undef ROW
};

static const void *table[PERSISTENT_KERNELS], *phased[PERSISTENT_KERNELS];

static const struct knobs usual = {.seq_len = 32,
                                   .batch = 8,
                                   .head_dim = 64,
                                   .num_programs = 8,
                                   .block_k = 64,
                                   .step_sync = SYNC_AUTO,
                                   .chain = 1,
                                   .stamps = 1};

static struct capacity_fixture gpu;
static struct knobs knobs;
static struct plan plan;

static void set_up(void)
{
    for (size_t i = 0; i < PERSISTENT_KERNELS; i++) {
        table[i] = &kernels[i];
        phased[i] = &larger[i];
    }
    gpu = capacity_gpu(CAPACITY_H100);
    knobs = usual;
}

TestSuite(persistent_plan, .init = set_up);

/* Makes a plan for the GPU from the knobs. */
static bool make(bool busy)
{
    const struct persistent_needs needs = {.kernels = table, .phased = phased, .busy = busy};
    plan = (struct plan){.used = knobs};
    error = (struct error){0};
    return persistent_plan(&needs, &knobs, &gpu.device, &gpu.capacity, &plan, &error);
}

static const uint32_t *kernel_shape(void)
{
    return shapes[(const struct capacity_kernel *)plan.kernel - kernels];
}

/* Checks what is true of every plan, whatever the device and the knobs. */
static void check(void)
{
    const uint32_t lanes = kernel_shape()[0], tiles = kernel_shape()[1];
    const uint64_t cta_warps = plan.threads / 32;
    const uint64_t all_warps = cta_warps * plan.ctas;
    cr_assert_eq(plan.programs, knobs.num_programs);
    cr_assert_eq(lanes * 4, knobs.block_k);
    cr_assert_geq(tiles * knobs.block_k, knobs.head_dim,
                  "a row does not fit in the kernel's tiles");

    cr_assert_eq(all_warps, (uint64_t)plan.programs * plan.warps);
    cr_assert_leq(plan.groups * lanes, 32, "the groups of lanes do not fit in a warp");
    cr_assert_geq((uint64_t)plan.programs * plan.warps * plan.groups * plan.passes,
                  (uint64_t)knobs.batch, "a sequence has no group of lanes");
    cr_assert_lt((uint64_t)(plan.passes - 1) * plan.warps * plan.groups,
                 (uint64_t)(knobs.batch + plan.programs - 1) / plan.programs,
                 "a pass is idle in all programs");

    cr_assert_leq(plan.threads, 1024);
    cr_assert_geq(plan.shared_bytes,
                  cta_warps * plan.groups * plan.stages * PERSISTENT_CHUNK * 3 *
                      (uint64_t)knobs.head_dim * sizeof(float),
                  "the chunks of q, k and v do not fit in the buffers");
    cr_assert_neq(plan.used.step_sync, SYNC_AUTO);
    cr_assert(knobs.step_sync == SYNC_AUTO || plan.used.step_sync == knobs.step_sync);
    cr_assert_eq(plan.cooperative,
                 plan.used.step_sync == SYNC_FLAG || plan.used.step_sync == SYNC_GRID);
    cr_assert_eq(plan.ctas, plan.used.step_sync == SYNC_BLOCK ? 1 : plan.programs);
    cr_assert_eq(plan.cluster, plan.used.step_sync == SYNC_CLUSTER ? plan.programs : 1);
    cr_assert_leq(plan.cluster, gpu.device.cluster_most);
    capacity_check(&gpu, &plan);
    cr_assert_leq(gpu.asked_count + gpu.repeats, 3, "more than one question for each barrier");
}

static void check_refusal(void)
{
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    cr_assert_neq(error.text[0], '\0');
    cr_assert(knobs.step_sync == SYNC_AUTO || plan.used.step_sync == knobs.step_sync);
}

/* ---- any knobs on any device ----------------------------------------------------------------- */

static void draw_knobs(uint64_t *seed)
{
    knobs.seq_len = RANDOM_OF(seed, 1, 7, 32, 4096, 65536);
    knobs.batch = RANDOM_OF(seed, 1, 3, 8, 17, 64, 1000, 4096);
    knobs.head_dim = RANDOM_OF(seed, 32, 64, 96, 128, 160, 256);
    knobs.num_programs = RANDOM_OF(seed, 1, 2, 7, 8, 16, 17, 33, 132, 133, 1056, 4096);
    knobs.block_k = RANDOM_OF(seed, 16, 32, 64, 128);
    knobs.step_sync = (int64_t)(random_next(seed) % 6);
}

Test(persistent_plan, a_plan_fits_its_device_or_is_refused)
{
    uint64_t seed = 1;
    uint32_t planned = 0, refused = 0;
    for (int i = 0; i < 20000; i++) {
        gpu = capacity_gpu((enum capacity_name)(i % CAPACITY_NAMES));
        draw_knobs(&seed);
        if (!make(i % 2)) {
            check_refusal();
            refused++;
            continue;
        }
        check();
        const struct plan first = plan;
        cr_assert(make(i % 2));
        cr_assert_eq(memcmp(&first, &plan, sizeof plan), 0, "not the same plan");
        planned++;
    }
    cr_assert_gt(planned, 5000);
    cr_assert_gt(refused, 1000);
}

/* A device with less capacity has a smaller limit, and the refusal names it. */
Test(persistent_plan, too_many_programs_are_refused_with_the_limit)
{
    for (int name = 0; name < CAPACITY_NAMES; name++) {
        gpu = capacity_gpu((enum capacity_name)name);
        knobs.step_sync = SYNC_FLAG;
        for (knobs.num_programs = 1; knobs.num_programs <= 4096; knobs.num_programs *= 2) {
            if (make(false))
                continue;
            uint64_t fitting = 0;
            const char *number = strstr(error.text, "too many: ");
            cr_assert_not_null(number, "%s", error.text);
            cr_assert_eq(sscanf(number, "too many: %" SCNu64, &fitting), 1);
            cr_assert_lt(fitting, (uint64_t)knobs.num_programs);
            cr_assert_geq(fitting, gpu.device.units, "at least one program per SM");
            break;
        }
        cr_assert_leq(knobs.num_programs, 4096, "%s: no number of programs is refused", gpu.name);
    }
}

/* ---- what auto chooses ----------------------------------------------------------------------- */

static enum step_sync chosen(enum capacity_name name, int64_t batch, int64_t programs)
{
    gpu = capacity_gpu(name);
    knobs.batch = batch;
    knobs.num_programs = programs;
    assert_success(make(false));
    return (enum step_sync)plan.used.step_sync;
}

Test(persistent_plan, auto_takes_the_cheapest_barrier_that_fits)
{
    cr_assert_eq(chosen(CAPACITY_H100, 8, 8), SYNC_BLOCK, "each sequence has a group of lanes");
    cr_assert_eq(chosen(CAPACITY_H100, 64, 16), SYNC_CLUSTER, "one CTA would need several passes");
    cr_assert_eq(chosen(CAPACITY_H100, 64, 17), SYNC_FLAG, "more CTAs than a cluster has");
    cr_assert_eq(chosen(CAPACITY_A100, 64, 16), SYNC_FLAG, "no clusters");
    cr_assert_eq(chosen(CAPACITY_LAPTOP, 64, 16), SYNC_FLAG);
}

Test(persistent_plan, a_device_without_cooperative_launches_has_no_barrier_between_ctas)
{
    gpu = capacity_gpu(CAPACITY_A100);
    gpu.device.cooperative = false;
    knobs.step_sync = SYNC_GRID;
    cr_assert_not(make(false));
    assert_contains(error.text, "cooperative");
    knobs.step_sync = SYNC_NONE;
    assert_success(make(false));
}

/* Beside a prefill, which keeps memory busy, a CTA buffers more, but no more CTAs share an SM. */
Test(persistent_plan, beside_a_prefill_buffers_are_deeper_if_they_fit)
{
    cr_assert(make(false));
    const struct plan quiet = plan;
    cr_assert(make(true));
    cr_assert_eq(quiet.stages, PERSISTENT_DEPTH);
    cr_assert_eq(plan.stages, PERSISTENT_DEPTH_MOST);
    cr_assert_eq(plan.shared_bytes, quiet.shared_bytes / PERSISTENT_DEPTH * PERSISTENT_DEPTH_MOST);
    cr_assert_eq(plan.ctas, quiet.ctas);

    knobs.num_programs = 264;
    knobs.step_sync = SYNC_FLAG;
    assert_success(make(true));
    cr_assert_eq(plan.stages, PERSISTENT_DEPTH, "two CTAs share an SM");
}

/* With phases, another kernel runs, which takes more registers. The plan asks for both. */
Test(persistent_plan, with_phases_both_kernels_fit)
{
    cr_assert(make(false));
    cr_assert_null(plan.phased, "PHASES is off");
    knobs.phases = 1;
    cr_assert(make(false));
    cr_assert_eq((const struct capacity_kernel *)plan.phased - larger,
                 (const struct capacity_kernel *)plan.kernel - kernels);

    /* The most CTAs without phases are too many with phases. */
    knobs.step_sync = SYNC_FLAG;
    knobs.batch = 65536;
    knobs.seq_len = 1;
    for (knobs.phases = 0, knobs.num_programs = 1024; knobs.num_programs > 132;
         knobs.num_programs--)
        if (make(false))
            break;
    cr_assert_gt(knobs.num_programs, 132, "%s", error.text);
    const uint32_t on_sm = capacity_ctas(&gpu, plan.kernel, plan.threads, plan.shared_bytes);
    const uint32_t fewer =
        capacity_ctas(&gpu, phased[(const struct capacity_kernel *)plan.kernel - kernels],
                      plan.threads, plan.shared_bytes);
    knobs.phases = 1;
    cr_assert_eq(make(false), fewer == on_sm);
}

Test(persistent_plan, too_little_memory_is_refused)
{
    gpu.device.memory_free_bytes = 1000000;
    knobs.batch = 4096;
    knobs.seq_len = 1024;
    cr_assert_not(make(false));
    assert_contains(error.text, " 900000 ");
}
