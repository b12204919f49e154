#include "../../kernels/workload.h"
#include "../../src/engine/floor.h"
#include "../../src/engine/knobs.h"
#include "unit.h"

/* The ceilings of a GPU. All values differ, so that a test detects a wrong choice. */
static const struct ceilings gpu = {
    .read_gb_per_s = 3000,
    .cached_read_gb_per_s = 4500,
    .copy_gb_per_s = 2900,
    .launch_sync_ns = 9000,
    .launch_seen_ns = 6000,
    .graph_sync_ns = 5000,
    .doorbell_ns = 2000,
    .block_barrier_ns = 40,
    .cluster2_barrier_ns = 370,
    .cluster4_barrier_ns = 390,
    .cluster8_barrier_ns = 410,
    .cluster16_barrier_ns = 460,
    .flag_barrier_ns = 740,
    .flag_barrier_all_ns = 1010,
    .grid_barrier_ns = 1080,
    .grid_barrier_all_ns = 1120,
    .dependent_step_ns = 150,
};
static const struct device_info device = {
    .backend = BACKEND_CUDA, .units = 132, .cache_bytes = 50u << 20};

static const struct variant with_barrier = {.workload = &workload_dot,
                                            .knobs = KNOB_BIT(STEP_SYNC)};
static const struct variant without_barrier = {.workload = &workload_dot,
                                               .knobs = KNOB_BIT(SEQ_LEN)};

/* A run of 32 steps that move almost nothing, with the barrier of `sync` between `programs`. */
static struct run run_of(enum step_sync sync, uint32_t programs)
{
    struct run run = {.known = &with_barrier,
                      .step_bytes = 8192,
                      .facts = {.programs = programs, .launches_per_iteration = 1}};
    run.used.seq_len = 32;
    run.used.step_sync = sync;
    return run;
}

static uint64_t step_of(enum step_sync sync, uint32_t programs)
{
    struct run run = run_of(sync, programs);
    return floor_of(&gpu, &device, &run).step_ns;
}

Test(floor, a_step_is_its_barrier_and_a_dependent_step)
{
    cr_assert_eq(step_of(SYNC_BLOCK, 1), 40 + 150);
    cr_assert_eq(step_of(SYNC_CLUSTER, 2), 370 + 150);
    cr_assert_eq(step_of(SYNC_CLUSTER, 8), 410 + 150);
    cr_assert_eq(step_of(SYNC_CLUSTER, 16), 460 + 150);
    cr_assert_eq(step_of(SYNC_FLAG, 8), 740 + 150);
    cr_assert_eq(step_of(SYNC_FLAG, 132), 1010 + 150);
    cr_assert_eq(step_of(SYNC_GRID, 8), 1080 + 150);
    cr_assert_eq(step_of(SYNC_GRID, 264), 1120 + 150);
    cr_assert_eq(step_of(SYNC_NONE, 8), 150);
}

/* A variant with its own synchronisation is compared with the cheapest barrier. */
Test(floor, without_a_barrier_the_cheapest_counts)
{
    struct run run = run_of(SYNC_GRID, 8);
    run.known = &without_barrier;
    cr_assert_eq(floor_of(&gpu, &device, &run).step_ns, 40 + 150);
    run.known = NULL;
    cr_assert_eq(floor_of(&gpu, &device, &run).step_ns, 40 + 150);
}

Test(floor, an_unknown_barrier_counts_as_the_cheapest)
{
    struct run run = run_of(SYNC_GRID, 66);
    run.named = KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH);
    cr_assert_eq(floor_of(&gpu, &device, &run).step_ns, step_of(SYNC_AUTO, 66));
}

Test(floor, grows_with_the_bytes_of_a_step)
{
    struct run run = run_of(SYNC_CLUSTER, 8);
    struct floor before = {0};
    for (run.step_bytes = 1; run.step_bytes < UINT64_C(1) << 40; run.step_bytes *= 2) {
        struct floor floor = floor_of(&gpu, &device, &run);
        cr_assert_geq(floor.step_ns, before.step_ns);
        cr_assert_geq(floor.iteration_ns, before.iteration_ns);
        cr_assert_geq(floor.step_ns, 410 + 150, "never below its latency");
        before = floor;
    }
    run.step_bytes = 3000000000; /* 3 GB at 3000 GB/s */
    cr_assert_eq(floor_of(&gpu, &device, &run).step_ns, 1000000);
}

/* The next iteration may read from the cache what this one left there. */
Test(floor, data_that_fits_in_the_cache_is_read_from_it)
{
    struct run run = run_of(SYNC_BLOCK, 1);
    run.step_bytes = 45000000;
    run.used.seq_len = 1;
    cr_assert_eq(floor_of(&gpu, &device, &run).step_ns, 10000);
    cr_assert_eq(floor_of(&gpu, &device, &run).gb_per_s, gpu.cached_read_gb_per_s);
    run.used.seq_len = 2;
    cr_assert_eq(floor_of(&gpu, &device, &run).step_ns, 15000);
    cr_assert_eq(floor_of(&gpu, &device, &run).gb_per_s, gpu.read_gb_per_s);
}

Test(floor, an_iteration_is_its_steps_and_the_cheapest_start)
{
    struct run run = run_of(SYNC_BLOCK, 1);
    cr_assert_eq(floor_of(&gpu, &device, &run).iteration_ns, 32 * 190 + 5000);
    run.facts.launches_per_iteration = 0;
    cr_assert_eq(floor_of(&gpu, &device, &run).iteration_ns, 32 * 190 + 2000);
    run.used.seq_len = 64;
    cr_assert_eq(floor_of(&gpu, &device, &run).iteration_ns, 64 * 190 + 2000);
}

Test(floor, of_a_cpu_has_the_wake_and_no_barrier_for_one_thread)
{
    const struct ceilings cpu = {.read_gb_per_s = 40,
                                 .cached_read_gb_per_s = 300,
                                 .wake_ns = 3000,
                                 .flag_barrier_ns = 70,
                                 .flag_barrier_all_ns = 200,
                                 .dependent_step_ns = 60};
    const struct device_info cores = {
        .backend = BACKEND_CPU, .units = 16, .cache_bytes = 32u << 20};
    struct run run = run_of(SYNC_FLAG, 1);
    cr_assert_eq(floor_of(&cpu, &cores, &run).step_ns, 60);
    cr_assert_eq(floor_of(&cpu, &cores, &run).iteration_ns, 32 * 60 + 3000);
    run.facts.programs = 2;
    cr_assert_eq(floor_of(&cpu, &cores, &run).step_ns, 130);
    run.facts.programs = 16;
    cr_assert_eq(floor_of(&cpu, &cores, &run).step_ns, 260);
}

Test(floor, is_unknown_without_a_ceiling)
{
    struct run run = run_of(SYNC_CLUSTER, 8);
    struct ceilings some = {0};
    cr_assert_eq(floor_of(&some, &device, &run).step_ns, 0);
    some = gpu;
    some.cluster8_barrier_ns = 0;
    cr_assert_eq(floor_of(&some, &device, &run).step_ns, 0);
    cr_assert_eq(floor_of(&some, &device, &run).iteration_ns, 0);
    some = gpu;
    some.launch_sync_ns = some.launch_seen_ns = some.graph_sync_ns = 0;
    cr_assert_gt(floor_of(&some, &device, &run).step_ns, 0);
    cr_assert_eq(floor_of(&some, &device, &run).iteration_ns, 0);
}

Test(floor, the_share_is_of_the_median)
{
    const struct knobs knobs = knobs_defaults();
    struct run run;
    cr_assert(run_open(&run));
    run_begin(&run, variants[0], &knobs, &knobs, 1);
    run.floor_ns = 100;
    run.ceiling_gb_per_s = 50;
    cr_assert_eq(floor_share(&run, METRIC_STEP), 0, "no samples");
    for (uint64_t ns = 190; ns <= 210; ns++)
        histogram_record(&run.histograms[METRIC_STEP], ns);
    cr_assert_float_eq(floor_share(&run, METRIC_STEP), 0.5, 1e-12);
    cr_assert_eq(floor_share(&run, METRIC_ITERATION), 0);
    cr_assert_eq(floor_share(&run, METRIC_GAP), 0);
    cr_assert_eq(floor_ns(&run, METRIC_STEP), 100);
    run.floor_ns = 200;
    cr_assert_eq(floor_share(&run, METRIC_STEP), 1, "it is reached");
    run.floor_ns = 201;
    cr_assert_eq(floor_ns(&run, METRIC_STEP), 0, "a floor that is beaten is not one");
    cr_assert_eq(floor_share(&run, METRIC_STEP), 0);
    run_begin(&run, variants[0], &knobs, &knobs, 2);
    cr_assert_eq(run.floor_ns, 0, "another epoch has another floor");
    cr_assert_eq(run.ceiling_gb_per_s, 0);
    run_close(&run);
}
