/* Plans of attention with a cluster of CTAs for each K/V head of each sequence. */
#include "../../kernels/plan/attention_clusters.h"
#include "attention_planners.h"

static const void *half[ATTENTION_KERNELS], *half_phased[ATTENTION_KERNELS];

static const struct planner clusters = {
    .loader = {"tma", table, phased, .warps = 8, .stages = 8, .short_stages = 2, .capability = 90,
               .clustered = half, .clustered_phased = half_phased}};

/* Fills the tables. fp32 has no kernels for clusters. */
static void fill(void)
{
    fill_kernels();
    for (size_t i = 0; i < ATTENTION_KERNELS - 2; i++) {
        half[i] = table[i];
        half_phased[i] = phased[i];
    }
}

TestSuite(attention_clusters, .init = fill);

/* ---- any plan -------------------------------------------------------------------------------- */

static void judge_cluster(const struct knobs *knobs, const struct capacity_fixture *gpu,
                          const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    struct capacity_fixture again = *gpu;
    const uint32_t fit = plan->cluster > 1
                             ? capacity_ask_clusters(&again.capacity, plan->kernel, plan->cluster,
                                                     plan->threads, plan->shared_bytes)
                             : capacity_ctas(gpu, plan->kernel, plan->threads, plan->shared_bytes) *
                                   gpu->device.units;
    cr_assert_geq(fit, units.count, "a step waits for a unit that has not started");
    cr_assert_neq(shape.type, DTYPE_FP32);
    cr_assert_not(plan->cooperative);
    cr_assert_eq(plan->cluster & (plan->cluster - 1), 0);
    cr_assert_leq(plan->cluster, gpu->device.cluster_most);
    cr_assert_eq(plan->ctas, units.count * plan->cluster);
    cr_assert_eq(plan->programs, plan->ctas);
    cr_assert_eq(plan->splits, plan->cluster);
    cr_assert_eq(plan->threads, 32 * (plan->warps + (plan->warps + 1) / 2));
    cr_assert_geq(plan->stages, 2);
    if (knobs->kv_stages == KNOB_AUTO && plan->stages > 2)
        cr_assert_leq(plan->used.ctas_per_sm * plan->stages * plan->warps *
                          attention_row_block_bytes(&shape),
                      ATTENTION_RING_BYTES);
    cr_assert_leq(plan->stages * plan->warps, ATTENTION_CLUSTER_SLOTS);
    cr_assert_eq(plan->stages * plan->warps % ((plan->warps + 1) / 2), 0,
                 "a slot does not always belong to the same load warp");
    cr_assert_eq(plan->shared_bytes,
                 attention_cluster_bytes(&shape, &units, plan->warps, plan->cluster) +
                     plan->stages * plan->warps * attention_row_block_bytes(&shape));
    if (knobs->step_sync == SYNC_AUTO)
        cr_assert_eq(shape.reach, 0, "a ragged batch is dealt by rows");
}

static void judge(const struct knobs *knobs, const struct capacity_fixture *gpu,
                  const struct plan *plan)
{
    capacity_check(gpu, plan);
    check_valid(&plan->used);
    cr_assert_leq(plan->shared_bytes, gpu->device.shared_bytes);
    cr_assert_eq(plan->used.splits, plan->splits);
    cr_assert_eq(plan->used.kv_tile, plan->warps * 16);
    cr_assert_eq(plan->used.kv_stages, plan->stages);
    cr_assert_gt(plan->work_bytes, attention_partial_bytes(plan));
    if (knobs->splits > 0)
        cr_assert_eq(plan->splits, knobs->splits);
    if (plan->used.step_sync == SYNC_CLUSTER) {
        judge_cluster(knobs, gpu, plan);
        return;
    }
    cr_assert_eq(plan->used.step_sync, SYNC_FLAG);
    cr_assert_neq(knobs->step_sync, SYNC_CLUSTER);
    cr_assert_eq(plan->cluster, 1);
    cr_assert(plan->cooperative);
}

Test(attention_clusters, plans_fit_their_device_and_are_repeatable)
{
    static const int64_t syncs[] = {SYNC_AUTO, SYNC_CLUSTER, SYNC_FLAG};
    uint64_t random = 11;
    uint32_t made[3] = {0};
    for (int i = 0; i < DRAWS; i++) {
        struct knobs knobs = draw(&random);
        for (int name = 0; name < CAPACITY_NAMES; name++) {
            struct capacity_fixture gpu = capacity_gpu((enum capacity_name)name);
            const size_t sync = random_below(&random, 3);
            struct plan plan;
            knobs.step_sync = syncs[sync];
            if (!can_make(&clusters, &knobs, &gpu, &plan))
                continue;
            made[sync]++;
            cr_assert_leq(gpu.asked_count, 12, "of five sizes, then as without clusters");
            judge(&knobs, &gpu, &plan);
            struct plan again = must_make(&clusters, &knobs, &gpu);
            cr_assert_eq(memcmp(&plan, &again, sizeof plan), 0);
            if (plan.used.step_sync == SYNC_CLUSTER || knobs.splits > 0) {
                again = must_make(&clusters, &plan.used, &gpu);
                cr_assert_eq(memcmp(&plan, &again, sizeof plan), 0);
            }
        }
    }
    for (int i = 0; i < 3; i++)
        cr_assert_gt(made[i], 20, "only %u plans", made[i]);
}

/* ---- what is chosen -------------------------------------------------------------------------- */

/* cluster 0: the plan synchronises by counters in memory, not by clusters. */
static void check_choice(int64_t batch, int64_t context, int64_t kv_heads, int64_t head_dim,
                         uint32_t cluster, uint32_t warps)
{
    struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    struct knobs knobs = defaults();
    knobs.batch = batch;
    knobs.context = context;
    knobs.kv_heads = kv_heads;
    knobs.head_dim = head_dim;
    const struct plan plan = must_make(&clusters, &knobs, &gpu);
    const uint32_t chosen = plan.used.step_sync == SYNC_CLUSTER ? plan.cluster : 0;
    cr_assert_eq(chosen, cluster, "BATCH %d CONTEXT %d KV_HEADS %d: %u", (int)batch, (int)context,
                 (int)kv_heads, chosen);
    if (cluster > 0)
        cr_assert_eq(plan.warps, warps, "BATCH %d: %u warps", (int)batch, plan.warps);
}

/* Every sequence has eight K/V heads, and the GPU has 132 SMs. */
Test(attention_clusters, a_head_gets_as_many_ctas_as_it_has_rows_for)
{
    check_choice(1, 16, 8, 128, 1, 8);
    check_choice(1, 128, 8, 128, 2, 8);
    check_choice(1, 512, 8, 128, 8, 8);
    check_choice(8, 1024, 8, 64, 2, 8);
    check_choice(8, 8192, 8, 128, 2, 8);
    check_choice(16, 1024, 8, 128, 1, 8);
    check_choice(64, 128, 8, 64, 1, 2); /* four CTAs on an SM */
}

Test(attention_clusters, too_few_or_too_many_heads_share_all_rows)
{
    check_choice(1, 131072, 1, 128, 0, 0); /* with clusters, only 16 of 132 SMs would read */
    check_choice(256, 2048, 8, 128, 0, 0); /* not all clusters would run at once */
}

Test(attention_clusters, a_ragged_batch_is_dealt_unless_clusters_are_asked_for)
{
    struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    struct knobs knobs = defaults();
    knobs.context_spread = 50;
    cr_assert_eq(must_make(&clusters, &knobs, &gpu).used.step_sync, SYNC_FLAG);
    knobs.step_sync = SYNC_CLUSTER;
    cr_assert_eq(must_make(&clusters, &knobs, &gpu).cluster, 2);
}

/* ---- what STEP_SYNC asks for ----------------------------------------------------------------- */

Test(attention_clusters, step_sync_is_obeyed_or_refused)
{
    struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    struct knobs knobs = defaults();
    knobs.step_sync = SYNC_FLAG;
    cr_assert_eq(must_make(&clusters, &knobs, &gpu).cluster, 1);
    cr_assert(must_make(&clusters, &knobs, &gpu).cooperative);
    knobs.step_sync = SYNC_GRID;
    assert_contains(refusal_of(&clusters, &knobs, &gpu), "use STEP_SYNC auto, flag or cluster");
    knobs.step_sync = SYNC_CLUSTER;
    cr_assert_eq(must_make(&clusters, &knobs, &gpu).cluster, 2);
    knobs.splits = 3;
    assert_contains(refusal_of(&clusters, &knobs, &gpu), "SPLITS 1, 2, 4, 8 or 16");
    knobs.splits = 0;
    knobs.dtype = DTYPE_FP32;
    assert_contains(refusal_of(&clusters, &knobs, &gpu), "bf16 or fp16");
    knobs.dtype = DTYPE_BF16;
    knobs.batch = 512;
    assert_contains(refusal_of(&clusters, &knobs, &gpu), "all 4096 K/V heads");
}
