/*
 * test_phases.c - checks that CPU variants with PHASES on measure how long they wait.
 */
#include "cpu_bench.h"

TestSuite(phases, .init = clock_start, .fini = release, .timeout = 60);

static struct knobs make_knobs(int64_t batch, bool phases)
{
    struct knobs knobs = dot_knobs(batch, 200, 256, 3);
    knobs.phases = phases;
    return knobs;
}

/* Sums the waits of all programs and steps; checks that no wait is longer than the time since the
 * program's previous step. */
static uint64_t sum_waits(const struct stamp_batch *batch)
{
    uint64_t sum_ns = 0;
    for (uint32_t p = 0; p < batch->programs; p++) {
        uint64_t before_ns = 0;
        for (uint32_t r = 0; r < batch->first + batch->count; r++) {
            const struct stamp *stamp = stamp_of(batch, p, r);
            const struct phase *phase = phase_of(batch, p, r);
            if (stamp->end_ns == 0)
                continue;
            cr_assert_eq(phase->data_ns, 0, "a CPU cannot tell a data wait from arithmetic");
            if (before_ns > 0)
                cr_assert_leq(phase->barrier_ns, stamp->end_ns - before_ns, "program %u, row %u", p,
                              r);
            before_ns = stamp->end_ns;
            sum_ns += phase->barrier_ns;
        }
    }
    return sum_ns;
}

/* Runs one iteration, whose programs must have waited. */
static void expect_waits(const struct variant *variant, const struct knobs *knobs)
{
    prepare(variant, knobs);
    const struct stamp_batch last = iterate(&bench, LOOK_PHASES); /* still has all rows */
    cr_assert_not_null(last.phases, "%s", variant->name);
    cr_assert_gt(sum_waits(&last), 0, "%s", variant->name);
    cr_assert_eq(bench.facts.free_running, knobs->step_sync == SYNC_NONE, "%s", variant->name);
}

static const struct variant *const measuring[] = {&cpu_persistent, &cpu_graph,
                                                  &cpu_prefill_decode_shaped};

/* There is one sequence less than there are threads, so a thread waits in every step. */
Test(phases, programs_that_share_a_step_unevenly_wait)
{
    for (size_t i = 0; i < sizeof measuring / sizeof *measuring; i++) {
        struct knobs knobs = make_knobs(2, true);
        knobs.prefill_chunks = 1;
        knobs.prefill_chunk_elems = 1024;
        knobs.prefill_streams = 1;
        cr_assert(measuring[i]->knobs & KNOB_BIT(PHASES));
        expect_waits(measuring[i], &knobs);
    }
}

Test(phases, attention_waits_for_the_longest_part)
{
    struct knobs knobs = make_knobs(1, true);
    knobs.context = 64;
    knobs.num_heads = knobs.kv_heads = 2;
    knobs.kv_tile = 16;
    knobs.copies = 1;
    knobs.head_dim = 64;
    expect_waits(&cpu_attention_persistent, &knobs);
}

Test(phases, there_are_none_unless_requested)
{
    struct knobs knobs = make_knobs(2, false);
    prepare(&cpu_persistent, &knobs);
    cr_assert_null(iterate(&bench, LOOK_PHASES).phases, "PHASES is off");
    knobs.phases = 1;
    prepare(&cpu_persistent, &knobs);
    const struct stamp_batch last = iterate(&bench, LOOK_STAMPS);
    cr_assert_null(last.phases, "this iteration keeps only stamps");
    cr_assert_not_null(last.stamps);
}

Test(phases, free_running_programs_wait_for_the_chain)
{
    struct knobs knobs = make_knobs(1, true);
    knobs.step_sync = SYNC_NONE;
    knobs.queue = QUEUE_STEP;
    expect_waits(&cpu_persistent, &knobs);
}
