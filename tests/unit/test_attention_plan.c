#include "attention_planners.h"

TestSuite(attention_plan, .init = fill_kernels);

/* ---- accepted knobs -------------------------------------------------------------------------- */

static void judge_fit(const struct planner *planner, const struct knobs *knobs,
                      const struct capacity_fixture *gpu, const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    capacity_check(gpu, plan);
    cr_assert_leq(plan->shared_bytes, gpu->device.shared_bytes);
    cr_assert_geq(plan->shared_bytes,
                  attention_fixed_bytes(&shape, &units, plan->warps) +
                      plan->stages * plan->warps * attention_row_block_bytes(&shape));
    cr_assert_leq(plan->warps, ATTENTION_WARPS);
    cr_assert_geq(plan->threads, 32 * plan->warps);
    cr_assert_geq(plan->stages, 1);
    cr_assert_eq(plan->cluster, 1);
    cr_assert_eq(plan->cooperative, is_persistent(planner));
    if (is_persistent(planner)) {
        cr_assert_leq(plan->programs, gpu->device.units * plan->used.ctas_per_sm);
        cr_assert_eq(plan->used.kv_tile, plan->warps * 16);
        cr_assert_eq(plan->ctas, plan->programs);
        cr_assert_gt(plan->work_bytes, attention_partial_bytes(plan));
    } else {
        cr_assert_eq(plan->programs, units.count);
        cr_assert_eq(plan->ctas, units.count * plan->splits);
    }
    cr_assert_leq(attention_lay_out(&shape).total + plan->work_bytes,
                  gpu->device.memory_free_bytes);
    cr_assert_neq(plan->used.copies, KNOB_AUTO);
    if (!is_persistent(planner) && planner->stepper.splits > 0)
        cr_assert_eq(plan->used.splits, knobs->splits, "it does not read SPLITS");
    else
        cr_assert_eq(plan->used.splits, plan->splits);
}

Test(attention_plan, plans_fit_their_device)
{
    plan_many(3, PLANNERS, 3000, judge_fit);
}

/* Planning with the resolved knobs gives the same plan. SPLITS auto is an exception: if the user
 * sets the SPLITS that auto chose, the plan may use more programs than auto considered
 * worthwhile. */
static void judge_same(const struct planner *planner, const struct knobs *knobs,
                       const struct capacity_fixture *gpu, const struct plan *plan)
{
    struct plan again = must_make(planner, knobs, gpu);
    cr_assert_eq(memcmp(plan, &again, sizeof again), 0);
    if (knobs->splits == 0)
        return;
    again = must_make(planner, &plan->used, gpu);
    cr_assert_eq(memcmp(plan, &again, sizeof again), 0);
}

Test(attention_plan, same_knobs_same_plan)
{
    plan_many(4, PLANNERS, 3000, judge_same);
}

/* ---- SPLITS ---------------------------------------------------------------------------------- */

Test(attention_plan, explicit_splits_are_used_or_refused)
{
    static const int64_t splits[] = {1, 2, 3, 7, 33, 64, 256};
    uint64_t random = 5;
    for (int i = 0; i < DRAWS; i++) {
        struct knobs knobs = draw(&random);
        struct capacity_fixture gpu =
            capacity_gpu((enum capacity_name)random_below(&random, CAPACITY_NAMES));
        for (size_t p = 0; p < PLANNERS; p++) {
            struct plan plan;
            knobs.splits = splits[random_below(&random, sizeof splits / sizeof *splits)];
            if (can_make(&planners[p], &knobs, &gpu, &plan) && planners[p].stepper.splits == 0)
                cr_assert_eq(plan.splits, knobs.splits);
            cr_assert_eq(plan.used.splits, knobs.splits);
        }
    }
}

/* With SPLITS auto, a CTA's place on an SM reads at most as many rows, over all waves, as without
 * splits. If half of the places would idle and contexts are long, SPLITS auto splits. */
static void judge_waves(const struct planner *planner, const struct knobs *knobs,
                        const struct capacity_fixture *gpu, const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const uint64_t rows = attention_rows(&shape), units = plan->programs;
    const uint64_t room = (uint64_t)gpu->device.units *
                          capacity_ctas(gpu, plan->kernel, plan->threads, plan->shared_bytes);
    const uint64_t waves = (units + room - 1) / room;
    const uint64_t split_waves = (units * plan->splits + room - 1) / room;
    if (is_persistent(planner) || planner->stepper.splits > 0 || knobs->splits > 0)
        return;
    cr_assert_leq(split_waves * rows, waves * rows * plan->splits, "%s: %u splits", gpu->name,
                  plan->splits);
    if (units * 2 <= room && rows >= 4096)
        cr_assert_gt(plan->splits, 1, "half of %s idles", gpu->name);
}

Test(attention_plan, auto_splits_only_where_that_reads_faster)
{
    plan_many(7, PLANNERS, 3000, judge_waves);
}

/* ---- CTAS_PER_SM ---------------------------------------------------------------------------- */

static void check_programs(int64_t batch, int64_t context, uint32_t ctas_per_sm, uint32_t warps,
                           uint32_t programs, uint32_t splits)
{
    struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    struct knobs knobs = defaults();
    knobs.batch = batch;
    knobs.context = context;
    const struct plan plan = must_make(&planners[1], &knobs, &gpu);
    cr_assert_eq(plan.used.ctas_per_sm, ctas_per_sm, "BATCH %d: %d", (int)batch,
                 (int)plan.used.ctas_per_sm);
    cr_assert_eq(plan.warps, warps);
    cr_assert_eq(plan.programs, programs, "BATCH %d CONTEXT %d: %u programs", (int)batch,
                 (int)context, plan.programs);
    cr_assert_eq(plan.splits, splits, "BATCH %d CONTEXT %d: %u splits", (int)batch, (int)context,
                 plan.splits);
}

/* Every sequence has eight K/V heads, and the GPU has 132 SMs. */
Test(attention_plan, programs_share_an_sm_until_each_pair_has_its_own)
{
    check_programs(16, 128, 1, 8, 128, 1);
    check_programs(32, 128, 2, 4, 256, 1);
    check_programs(40, 128, 4, 2, 320, 1);
    check_programs(64, 128, 4, 2, 512, 1);
    check_programs(128, 1024, 4, 2, 512, 1);  /* two pairs per program, so no program waits */
    check_programs(256, 128, 4, 2, 512, 1);   /* eight CTAs per SM would have only 28 KiB each */
    check_programs(256, 8192, 4, 2, 528, 33); /* whole pairs could not be shared evenly */
    check_programs(1, 8192, 1, 8, 128, 16);
}

Test(attention_plan, explicit_ctas_are_used_or_refused)
{
    struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    struct knobs knobs = defaults();
    struct plan plan;
    knobs.batch = 64;
    for (knobs.ctas_per_sm = 1; knobs.ctas_per_sm <= 8; knobs.ctas_per_sm++) {
        if (can_make(&planners[1], &knobs, &gpu, &plan))
            cr_assert_eq(plan.used.ctas_per_sm, knobs.ctas_per_sm);
    }
}

/* ---- smaller devices ------------------------------------------------------------------------- */

Test(attention_plan, less_shared_memory_gives_a_smaller_plan_or_a_message)
{
    const struct knobs knobs = defaults();
    for (size_t p = 0; p < PLANNERS; p++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        uint32_t stages = UINT32_MAX, shared = UINT32_MAX;
        bool made = true;
        while (gpu.device.shared_bytes > 4096) {
            struct plan plan;
            gpu.asked_count = 0;
            if (!make(&planners[p], &knobs, &gpu, &plan)) {
                made = false;
                assert_contains(error.text, "shared memory");
            } else {
                cr_assert(made, "%s fits again with less", name_of(&planners[p]));
                capacity_check(&gpu, &plan);
                cr_assert(plan.stages <= stages && plan.shared_bytes <= shared);
                stages = plan.stages, shared = plan.shared_bytes;
            }
            gpu.device.shared_bytes -= 4096;
            gpu.shared_per_sm -= 4096;
        }
        cr_assert_not(made, "%s needs no shared memory", name_of(&planners[p]));
    }
}

Test(attention_plan, fewer_sms_have_fewer_programs)
{
    struct knobs knobs = defaults();
    knobs.context = 8192;
    knobs.ctas_per_sm = 1;
    for (size_t p = 0; p < PERSISTENT; p++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        uint32_t programs = UINT32_MAX;
        for (; gpu.device.units > 0; gpu.device.units--) {
            const struct plan plan = must_make(&planners[p], &knobs, &gpu);
            cr_assert_leq(plan.programs, gpu.device.units);
            cr_assert_leq(plan.programs, programs);
            programs = plan.programs;
            gpu.asked_count = 0;
        }
    }
}

Test(attention_plan, too_little_memory_is_refused_with_the_need)
{
    const struct knobs knobs = defaults();
    for (size_t p = 0; p < PLANNERS; p++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        struct plan plan = must_make(&planners[p], &knobs, &gpu);
        gpu.device.memory_free_bytes = 1 << 20;
        cr_assert_not(make(&planners[p], &knobs, &gpu, &plan));
        assert_contains(error.text, "COPIES 4 needs");
        cr_assert_eq(plan.used.copies, 4, "twice the L2 of 60 MiB and one, of 33 MiB each");
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

Test(attention_plan, impossible_plans_are_explained)
{
    struct capacity_fixture a100 = capacity_gpu(CAPACITY_A100);
    struct capacity_fixture laptop = capacity_gpu(CAPACITY_LAPTOP);
    struct capacity_fixture h100 = capacity_gpu(CAPACITY_H100);
    const struct planner *copies = &planners[1], *tma = &planners[3], *graph = &planners[6];
    struct knobs knobs = defaults();
    cr_assert_str_eq(refusal_of(tma, &knobs, &a100),
                     "tma needs compute capability 9.0; this device has 8.0");
    cr_assert_str_eq(
        refusal_of(graph, &knobs, &laptop),
        "a graph with programmatic edges needs compute capability 9.0; this device has 8.9");
    knobs.seq_len = 2049;
    cr_assert_str_eq(refusal_of(graph, &knobs, &h100),
                     "graph captures at most 2048 steps: lower SEQ_LEN");
    knobs = defaults();
    a100.device.cooperative = false;
    cr_assert_str_eq(refusal_of(copies, &knobs, &a100),
                     "copies needs cooperative launches, which this device lacks");
    knobs.kv_tile = 128;
    knobs.kv_stages = 8;
    cr_assert_str_eq(
        refusal_of(copies, &knobs, &laptop),
        "copies: KV_STAGES 8 with KV_TILE 128 needs 553216 bytes of shared memory; with "
        "CTAS_PER_SM 1, a CTA has 101376 bytes, enough for KV_STAGES 1: lower KV_STAGES, KV_TILE "
        "or CTAS_PER_SM");
    knobs.head_dim = 96;
    cr_assert_str_eq(refusal_of(copies, &knobs, &h100),
                     "HEAD_DIM 96 is not supported by attention: use 64 or 128");
}

/* Kernels that take so many registers that no SM has enough for the threads of a CTA. */
static const void *const *large_kernels(void)
{
    static const struct capacity_kernel large = {.registers = 255};
    static const void *all[ATTENTION_KERNELS];
    for (size_t i = 0; i < ATTENTION_KERNELS; i++)
        all[i] = &large;
    return all;
}

Test(attention_plan, a_cta_that_fits_no_sm_is_refused)
{
    struct capacity_fixture gpu = capacity_gpu(CAPACITY_H100);
    struct planner producers = planners[2];
    struct knobs knobs = defaults();
    producers.loader.kernels = large_kernels();
    knobs.kv_tile = 128;
    cr_assert_str_eq(refusal_of(&producers, &knobs, &gpu),
                     "producers: 0 CTAs of 384 threads and 160000 bytes of shared memory fit on an "
                     "SM, so 132 SMs are too few for 128 CTAs: lower CTAS_PER_SM, KV_STAGES or "
                     "KV_TILE");
    knobs.kv_tile = KNOB_AUTO; /* fewer warps fit */
    cr_assert_eq(must_make(&producers, &knobs, &gpu).warps, 4);
}

/* The kernel that measures phases takes more registers; the plan leaves room for it. */
Test(attention_plan, with_phases_both_kernels_fit)
{
    struct capacity_fixture gpu = capacity_gpu(CAPACITY_H100);
    struct planner producers = planners[2];
    struct knobs knobs = defaults();
    struct plan plan = must_make(&producers, &knobs, &gpu);
    cr_assert_null(plan.phased, "PHASES is off");
    knobs.phases = 1;
    plan = must_make(&producers, &knobs, &gpu);
    cr_assert_not_null(plan.phased);
    cr_assert_neq(plan.phased, plan.kernel);
    producers.loader.phased = large_kernels();
    knobs.kv_tile = 128;
    assert_contains(refusal_of(&producers, &knobs, &gpu), "CTAs of 384 threads");
    knobs.phases = 0;
    must_make(&producers, &knobs, &gpu);
}

/* ---- extremes -------------------------------------------------------------------------------- */

/* Tries each pair of attention's knobs at both ends of their ranges, with the others at their
 * defaults. */
Test(attention_plan, knobs_at_their_limits_are_planned_or_refused)
{
    for (int a = 0; a < KNOB_COUNT; a++) {
        for (int b = 0; b <= a; b++) {
            if (!(ATTENTION_KNOBS >> a & ATTENTION_KNOBS >> b & 1))
                continue;
            for (int ends = 0; ends < 4; ends++) {
                struct knobs knobs = defaults();
                knobs.value[a] = ends & 1 ? knob_table[a].most : knob_table[a].least;
                knobs.value[b] = ends & 2 ? knob_table[b].most : knob_table[b].least;
                plan_everywhere(&knobs, PLANNERS, judge_fit);
            }
        }
    }
}

/* A ragged batch with more (sequence, K/V head) pairs than the random shapes have. */
Test(attention_plan, a_million_pairs_are_planned)
{
    struct knobs knobs = defaults();
    knobs.batch = 4096;
    knobs.kv_heads = knobs.num_heads = 256;
    knobs.context = 20;
    knobs.context_spread = 100;
    knobs.seq_len = knobs.copies = 1;
    for (size_t p = 0; p < PLANNERS; p++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        const struct plan plan = must_make(&planners[p], &knobs, &gpu);
        judge_fit(&planners[p], &knobs, &gpu, &plan);
    }
}

/* ---- tensors --------------------------------------------------------------------------------- */

Test(attention_plan, tensors_do_not_overlap)
{
    uint64_t random = 8;
    for (int i = 0; i < DRAWS; i++) {
        struct knobs knobs = draw(&random);
        attention_resolve_copies(&knobs, 0);
        const struct attention_shape shape = attention_shape_of(&knobs);
        const struct attention_layout layout = attention_lay_out(&shape);
        const uint64_t row = (uint64_t)shape.head_dim * attention_element_bytes(shape.type);
        const uint64_t steps = (uint64_t)shape.batch * shape.seq_len;
        cr_assert_geq(layout.out, row * steps * shape.heads);
        cr_assert_geq(layout.new_rows - layout.out, row * steps * shape.kv_heads);
        cr_assert_geq(layout.new_bytes, row * steps * shape.kv_heads);
        cr_assert_geq(layout.cache - layout.new_rows, 2 * layout.new_bytes);
        cr_assert_geq(layout.cache_bytes, row * shape.copies * attention_copy_rows(&shape));
        cr_assert_geq(layout.contexts - layout.cache, 2 * layout.cache_bytes);
        cr_assert_geq(layout.pages - layout.contexts, shape.batch * sizeof(uint32_t));
        cr_assert_geq(layout.total - layout.pages, layout.pages_bytes);
        cr_assert_geq(layout.total, attention_tensor_bytes(&shape));
        cr_assert_eq((layout.out | layout.new_rows | layout.cache | layout.cache_bytes) % 1024, 0);
    }
}
