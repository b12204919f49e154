#include "../../src/harness/advice.h"
#include "verified_run.h"

static struct run run;
static struct device_info device;

/* A verified run of 100 iterations of 32 steps, each divided into `parts` (in ns; the rest is
 * computing). Launch and sync take no time. */
static void open_with(const char *variant, uint64_t step_ns, struct breakdown parts)
{
    const uint64_t steps = 100 * 31;
    open_verified(&run, variant, NULL);
    run.used.threads = 2;
    run.used.spin_ns = 20000;
    run.facts.programs = 2;
    run.facts.launches_per_iteration = 1;
    run.noise = (struct noise){.sigma = 0.01};
    record_times(&run, METRIC_ITERATION, 32 * step_ns, 100);
    run.breakdown = (struct breakdown){.steps = steps,
                                       .phased = parts.phased ? steps : 0,
                                       .step_ns = steps * step_ns,
                                       .gap_ns = steps * parts.gap_ns,
                                       .data_ns = steps * parts.data_ns,
                                       .barrier_ns = steps * parts.barrier_ns,
                                       .spread_ns = steps * parts.spread_ns,
                                       .starts = 100};
    device = (struct device_info){.backend = run.backend, .units = 2};
}

/* Replaces the samples of a metric. */
static void fill(enum metric metric, uint64_t ns)
{
    histogram_clear(&run.histograms[metric]);
    record_times(&run, metric, ns, 100);
}

static void says(const char *rule, const char *sentence)
{
    struct advice advice;
    cr_assert(advice_of(&run, &device, &advice), "no advice, not '%s'", sentence);
    cr_assert_str_eq(advice.rule, rule);
    cr_assert_str_eq(advice.text, sentence);
    run_close(&run);
}

static void says_nothing(void)
{
    struct advice advice = {0};
    cr_assert_not(advice_of(&run, &device, &advice), "%s", advice.text);
    cr_assert_eq(advice.text[0], '\0');
    run_close(&run);
}

/* ---- each rule ------------------------------------------------------------------------------ */

static void open_clear_case(void)
{
    open_with("cpu_per_token", 1000, (struct breakdown){.gap_ns = 610});
    run.facts.launches_per_iteration = 32;
}

Test(advice, threads_that_are_woken_for_every_step)
{
    open_clear_case();
    says("launch gap", "waking threads takes 61 % of a step: try cpu_persistent");
}

/* If this build cannot run the next variant, the advice names a knob instead. */
Test(advice, the_launch_gap_of_a_gpu)
{
    open_with("baseline_persistent_decode", 1000, (struct breakdown){.gap_ns = 610});
    run.facts.launches_per_iteration = 32;
    says("launch gap", backends[BACKEND_CUDA]
                           ? "61 % of a step is launch gap: try persistent_decode_triton"
                           : "61 % of a step is launch gap: raise BATCH");
}

Test(advice, a_graph_of_nodes_may_launch_them_early)
{
    open_with("persistent_decode_graph_chain", 1000, (struct breakdown){.gap_ns = 610});
    run.facts.graph_nodes = 32;
    says("launch gap",
         backends[BACKEND_CUDA]
             ? "61 % of a step is launch gap: try persistent_decode_graphs or turn PDL on"
             : "61 % of a step is launch gap: turn PDL on");
}

Test(advice, programs_that_wait_for_each_other)
{
    open_with("attention_persistent", 1000, (struct breakdown){.phased = 1, .barrier_ns = 480});
    run.facts.programs = 64;
    run.used.splits = 4;
    device.units = 132;
    says("barrier wait", "programs wait for each other 48 % of a step: 64 of 132 SMs are used; "
                         "raise BATCH or SPLITS");
}

/* Without phases, the gap of a persistent kernel is the barrier. */
Test(advice, a_gap_within_a_launch_is_the_barrier)
{
    open_with("cpu_persistent", 1000, (struct breakdown){.gap_ns = 480});
    says("barrier wait", "programs wait for each other 48 % of a step: raise BATCH");
}

Test(advice, waits_that_end_in_sleep_want_a_longer_spin)
{
    open_with("cpu_persistent", 100000, (struct breakdown){.phased = 1, .barrier_ns = 48000});
    says("barrier wait", "programs wait for each other 48 % of a step: raise SPIN_NS or BATCH");
}

Test(advice, waiting_for_data_below_the_ceiling)
{
    open_with("attention_cp_async", 1000, (struct breakdown){.phased = 1, .data_ns = 550});
    run.facts.programs = device.units;
    run.step_bytes = 410;
    run.ceiling_gb_per_s = 1;
    run.used.kv_tile = 128;
    run.used.kv_stages = 2;
    says("data wait",
         "programs wait for data 55 % of a step at 41 % of peak bandwidth: raise KV_STAGES");
}

Test(advice, at_the_ceiling_only_fewer_bytes_help)
{
    open_with("attention_cp_async", 1000, (struct breakdown){.phased = 1, .data_ns = 950});
    run.step_bytes = 930;
    run.ceiling_gb_per_s = 1;
    run.used.dtype = DTYPE_FP32;
    says("ceiling", "a mean step reads at 93 % of peak bandwidth: only reading fewer bytes is "
                    "faster; lower DTYPE or "
                    "KV_HEADS");
}

Test(advice, at_the_ceiling_knobs_at_their_limit_are_not_named)
{
    open_with("attention_cp_async", 1000, (struct breakdown){.phased = 1, .data_ns = 950});
    run.step_bytes = 930;
    run.ceiling_gb_per_s = 1;
    run.used.kv_heads = 1;
    says("ceiling",
         "a mean step reads at 93 % of peak bandwidth: only reading fewer bytes is faster");
}

Test(advice, computing_can_be_shared)
{
    open_with("cpu_persistent", 1000, (struct breakdown){.phased = 1, .barrier_ns = 200});
    device.units = 4;
    says("compute", "computing takes 80 % of a step: raise THREADS to share the work");
}

Test(advice, computing_on_all_cores_cannot_be_shared_further)
{
    open_with("cpu_persistent", 1000, (struct breakdown){.phased = 1, .barrier_ns = 200});
    says_nothing();
}

Test(advice, more_threads_than_sequences_find_no_work)
{
    open_with("cpu_persistent", 1000, (struct breakdown){.phased = 1, .barrier_ns = 200});
    device.units = 4;
    run.verification.total = run.verification.checked = 2;
    says_nothing();
}

Test(advice, without_phases_computing_is_unknown)
{
    open_with("cpu_persistent", 1000, (struct breakdown){.gap_ns = 200});
    device.units = 4;
    says_nothing();
}

Test(advice, programs_that_end_apart_need_even_shares)
{
    open_with("cpu_persistent", 1000,
              (struct breakdown){.phased = 1, .barrier_ns = 100, .spread_ns = 400});
    run.facts.programs = 3;
    says("imbalance", "the last program ends 40 % of a step after the first: make BATCH a multiple "
                      "of the 3 programs");
}

/* Programs that do not wait for each other may end their steps far apart at no cost. */
Test(advice, programs_that_do_not_wait_may_end_apart)
{
    open_with("attention_cp_async", 1000,
              (struct breakdown){.phased = 1, .barrier_ns = 10, .spread_ns = 1800});
    run.facts.programs = 132;
    says_nothing();
    open_with("cpu_persistent", 1000, (struct breakdown){.spread_ns = 900});
    run.facts.programs = 3;
    says_nothing();
}

Test(advice, launch_and_sync)
{
    open_with("cpu_persistent", 600, (struct breakdown){.phased = 1});
    fill(METRIC_ITERATION, 32000);
    fill(METRIC_SYNC, 8000);
    run.breakdown.start_ns = 100 * 4800;
    says("launch and sync",
         "wake and sync take 40 % of an iteration: raise SEQ_LEN or try cpu_graph");
}

Test(advice, a_prefill_precedes_the_steps)
{
    open_with("cpu_prefill_decode_shaped", 600, (struct breakdown){.phased = 1});
    run.breakdown.start_ns = 100 * 12800;
    says_nothing();
}

Test(advice, the_cost_of_stamps_and_phases)
{
    open_with("cpu_persistent", 1000, (struct breakdown){0});
    fill(METRIC_BARE, 30080);
    says("stamps", "recording stamps takes 6 % of an iteration; if you need only iteration times, "
                   "turn STAMPS off");
    open_with("cpu_persistent", 1000, (struct breakdown){.phased = 1});
    run.used.phases = 1;
    fill(METRIC_BARE, 28000);
    fill(METRIC_UNPHASED, 28800);
    says("phases", "measuring phases takes 10 % of an iteration; if you need only step times, turn "
                   "PHASES off");
}

/* ---- which rule speaks, and when none does --------------------------------------------------- */

Test(advice, the_largest_saving_is_suggested)
{
    open_with("cpu_persistent", 1000,
              (struct breakdown){.phased = 1, .barrier_ns = 300, .spread_ns = 900});
    run.facts.programs = 3;
    says("imbalance", "the last program ends 90 % of a step after the first: make BATCH a multiple "
                      "of the 3 programs");
    open_with("cpu_persistent", 1000,
              (struct breakdown){.phased = 1, .barrier_ns = 500, .spread_ns = 400});
    run.facts.programs = 3;
    says("barrier wait", "programs wait for each other 50 % of a step: raise BATCH");
}

Test(advice, thin_evidence_says_nothing)
{
    open_clear_case();
    run.breakdown.steps = ADVICE_STEPS - 1;
    says_nothing();
    open_clear_case();
    run.verification.verdict = VERDICT_NONE;
    says_nothing();
    open_clear_case();
    run.verification.verdict = VERDICT_WRONG;
    says_nothing();
    open_clear_case();
    run.status = RUN_FAILED;
    says_nothing();
    open_clear_case();
    run.breakdown = (struct breakdown){0};
    says_nothing();
}

Test(advice, savings_must_exceed_the_noise)
{
    open_clear_case();
    run.noise.sigma = 0.3;
    says_nothing();
}

Test(advice, only_knobs_that_the_variant_reads_are_named)
{
    open_with("cpu_graph", 1000, (struct breakdown){.phased = 1, .spread_ns = 900});
    run.facts.programs = 2;
    says_nothing();
}

/* Advice names only variants that can run here. */
Test(advice, every_next_rung_is_of_the_same_ladder)
{
    for (size_t i = 0; variants[i]; i++) {
        const struct variant *next = advice_next(variants[i]);
        if (!next)
            continue;
        cr_assert_not(next->hidden);
        cr_assert_str_eq(next->after, variants[i]->name);
        cr_assert_str_eq(next->target, variants[i]->target);
        cr_assert_eq(next->backend, variants[i]->backend);
        cr_assert_not_null(backends[next->backend]);
    }
    cr_assert_eq(advice_next(variant_find("cpu_per_token")), variant_find("cpu_persistent"));
    cr_assert_null(advice_next(variant_find("cpu_graph")));
}
