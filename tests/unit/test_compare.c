#include "../../src/engine/compare.h"
#include "verified_run.h"

/* ---- runs ----------------------------------------------------------------------------------- */

static const struct device_info here = {
    .backend = BACKEND_CPU,
    .id = "cpu",
    .name = "A CPU",
    .driver = "6.1",
    .isa = "AVX2",
    .units = 4,
    .memory_free_bytes = 1000,
};

/* A verified run of 100 iterations of 10 steps that take iteration_ns, in five processes that
 * differ by about 1 %. */
static struct run filled(const char *variant, uint64_t iteration_ns)
{
    struct run run;
    cr_assert(run_open(&run));
    strcpy(run.variant, variant);
    strcpy(run.target, "persistent_decode");
    run.asked = run.used = knobs_defaults();
    run.status = RUN_DONE;
    run.verification = (struct verification){VERDICT_RIGHT, 8, 8, 1e-7, ""};
    for (uint64_t i = 0; i < 100; i++) {
        histogram_record(&run.histograms[METRIC_ITERATION], iteration_ns + i * iteration_ns / 1000);
        histogram_record(&run.histograms[METRIC_STEP], iteration_ns / 10);
    }
    for (uint64_t i = 0; i < EVIDENCE_LEAST; i++)
        add_process(&run, (double)(iteration_ns + i * iteration_ns / 100));
    return run;
}

/* Each test begins with runs a, of 400 us per iteration, and b, of 100 us. */
static struct run a, b;

static void open_pair(void)
{
    a = filled("v", 400000);
    b = filled("v", 100000);
}

static void close_pair(void)
{
    run_close(&a);
    run_close(&b);
}

TestSuite(compare, .init = open_pair, .fini = close_pair);

/* Fills a and b with other durations. */
static void refill(uint64_t a_ns, uint64_t b_ns)
{
    close_pair();
    a = filled("v", a_ns);
    b = filled("v", b_ns);
}

static struct comparison compared(const struct run *reference, const struct run *other)
{
    struct comparison comparison;
    compare_runs(&(struct compared){reference, &here}, &(struct compared){other, &here},
                 &comparison);
    return comparison;
}

static const char *verdict_of(const struct comparison *comparison)
{
    static char text[128];
    compare_verdict_text(comparison, "+-", text, sizeof text);
    return text;
}

Test(compare, a_verdict_describes_the_other_side)
{
    const struct comparison comparison = compared(&a, &b);
    cr_assert_eq(comparison.outcome, OUTCOME_FASTER);
    cr_assert_float_eq(comparison.iteration.value, 4, 0.01);
    cr_assert_float_eq(comparison.step.value, 4, 0.01);
    cr_assert(comparison.work == 0 && comparison.knobs == 0 && comparison.device == 0);
    cr_assert_eq(compared(&b, &a).outcome, OUTCOME_SLOWER);
    cr_assert_eq(compared(&b, &b).outcome, OUTCOME_CLOSE);
}

Test(compare, wrong_runs_are_not_ranked)
{
    b.verification.verdict = VERDICT_NONE;
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_UNVERIFIED);
    cr_assert_eq(compared(&b, &a).outcome, OUTCOME_UNVERIFIED);
    b.verification.verdict = VERDICT_WRONG;
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_WRONG);
    cr_assert_eq(compared(&b, &a).outcome, OUTCOME_WRONG);
    b.status = RUN_FAILED;
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_FAILED);
    cr_assert_float_eq(compared(&a, &b).iteration.value, 4, 0.01, "but the ratio is shown");
}

Test(compare, different_models_are_not_ranked)
{
    char text[128];
    strcpy(a.target, "model_decode");
    strcpy(b.target, "model_decode");
    a.used.model = b.used.model = MODEL_CHECKPOINT;
    strcpy(a.model.name, "Llama-3.2-1B");
    strcpy(a.model.hash, "0123456789");
    b.model = a.model;
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_FASTER);
    strcpy(b.model.hash, "0123456788");
    const struct comparison comparison = compared(&a, &b);
    cr_assert_eq(comparison.outcome, OUTCOME_UNLIKE);
    cr_assert_str_eq(verdict_of(&comparison), "different workload");
    compare_knob_text(&a, KNOB_MODEL, text, sizeof text);
    cr_assert_str_eq(text, "Llama-3.2-1B 01234567");
    compare_knob_text(&a, KNOB_MODEL, text, 18);
    cr_assert_str_eq(text, "Llama-3. 01234567");
}

Test(compare, few_processes_are_not_ranked)
{
    b.process_count = 0;
    for (unsigned i = 1; i < EVIDENCE_LEAST; i++) {
        add_process(&b, 100000);
        struct comparison comparison = compared(&a, &b);
        cr_assert_eq(comparison.outcome, OUTCOME_FEW);
        cr_assert_eq(compared(&b, &a).outcome, OUTCOME_FEW);
        cr_assert(comparison.iteration.low < 4 && comparison.iteration.high > 4,
                  "but the ratio is shown");
        assert_contains(verdict_of(&comparison), "against 5 repeats; a verdict needs 5 each");
    }
    add_process(&b, 100000);
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_FASTER);
}

Test(compare, medians_beyond_the_range_are_not_ranked)
{
    refill(100000, 2 * HISTOGRAM_MOST_NS);
    const struct comparison comparison = compared(&a, &b);
    cr_assert_eq(comparison.outcome, OUTCOME_FEW);
    cr_assert_eq(comparison.iteration.value, 0);
    cr_assert_eq(comparison.step.value, 10000 / 20e9, "steps of 20 s are in the range");
    cr_assert_str_eq(verdict_of(&comparison),
                     "no median within 100 s against 5 repeats; a verdict needs 5 each");
}

/* A process is one unit of evidence, however many samples it has. */
Test(compare, samples_are_no_evidence)
{
    a.process_count = b.process_count = 1;
    record_times(&a, METRIC_ITERATION, 400000, 100000);
    record_times(&b, METRIC_ITERATION, 100000, 100000);
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_FEW);
}

/* The interval of one process's turns may be narrower than the difference between processes. */
Test(compare, turns_include_the_noise_between_processes)
{
    refill(100000, 100000);
    a.process_count = b.process_count = 0;
    a.noise = b.noise = (struct noise){.sigma = 0.01};
    for (int i = 0; i < 8; i++) {
        evidence_add(&a.turns, 100000 + i);
        evidence_add(&b.turns, 98500 + i);
    }
    struct comparison comparison = compared(&a, &b);
    cr_assert_eq(comparison.outcome, OUTCOME_FASTER_HERE);
    cr_assert(compare_ranked(comparison.outcome));
    cr_assert(comparison.iteration.low < 1 && comparison.iteration.high > 1);
    cr_assert_str_eq(verdict_of(&comparison),
                     "too close to call, medians lower in this process; processes differ "
                     "by +-2.8 %: repeat");
    cr_assert_not(compare_decided(comparison.outcome));
    cr_assert_str_eq(compare_outcome_texts[comparison.outcome], "faster in this process",
                     "the key in documents");
    comparison = compared(&b, &a);
    cr_assert_eq(comparison.outcome, OUTCOME_SLOWER_HERE);
    cr_assert_str_eq(verdict_of(&comparison),
                     "too close to call, medians higher in this process; processes differ "
                     "by +-2.8 %: repeat");
    a.noise = b.noise = (struct noise){.sigma = 0.001};
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_FASTER);
    a.noise = b.noise = (struct noise){.sigma = 0.01, .processes = 2};
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_FASTER_HERE,
                 "noise measured by two processes is uncertain");
}

Test(compare, a_close_verdict_says_how_many_units_it_needs)
{
    int more;
    refill(100000, 100000);
    add_process(&a, 90000), add_process(&b, 110000);
    struct comparison comparison = compared(&a, &b);
    cr_assert_eq(comparison.outcome, OUTCOME_CLOSE);
    const char *text = verdict_of(&comparison);
    cr_assert_eq(sscanf(text, "too close to call: +-%*f %%; %d more repeats for +-1 %%", &more), 1,
                 "%s", text);
    cr_assert_eq((uint32_t)more,
                 evidence_needed(&comparison.reference, &comparison.other, 0.01) - a.process_count);
}

Test(compare, a_median_has_an_interval)
{
    char text[32];
    struct evidence evidence = {.noise = {.sigma = 0.01}};
    compare_noise_text(&evidence, "+-", text, sizeof text);
    cr_assert_str_empty(text);
    evidence_add(&evidence, 1000);
    compare_noise_text(&evidence, "+-", text, sizeof text);
    cr_assert_str_eq(text, "+-2.0 %", "1.96 times the noise: %s", text);
    evidence.noise.sigma = 0.06;
    compare_noise_text(&evidence, "+-", text, sizeof text);
    cr_assert_str_eq(text, "+-12 %");
}

/* One of twenty equal variants seems different by chance. The correction removes that verdict. */
Test(compare, many_verdicts_are_corrected)
{
    struct comparison many[20], *pointers[20];
    for (int i = 0; i < 20; i++) {
        many[i] = (struct comparison){.outcome = i == 0 ? OUTCOME_FASTER : OUTCOME_CLOSE,
                                      .difference = {.probability = i == 0 ? 0.04 : 0.5}};
        pointers[i] = &many[i];
    }
    many[1] = (struct comparison){.outcome = OUTCOME_SLOWER, .difference = {.probability = 1e-6}};
    many[2] = (struct comparison){.outcome = OUTCOME_FAILED, .difference = {.probability = 0}};
    compare_correct(pointers, 20);
    cr_assert_eq(many[0].outcome, OUTCOME_CLOSE);
    cr_assert_eq(many[1].outcome, OUTCOME_SLOWER);
    cr_assert_eq(many[2].outcome, OUTCOME_FAILED);
}

/* A document written before a knob existed does not contain its value. */
Test(compare, an_unnamed_knob_is_unknown)
{
    a.named = ~KNOB_BIT(THREADS);
    struct comparison comparison = compared(&a, &b);
    cr_assert_eq(comparison.knobs, KNOB_BIT(THREADS), "though the values are the same");
    cr_assert_eq(comparison.outcome, OUTCOME_FASTER);
    b.named = ~KNOB_BIT(THREADS);
    cr_assert_eq(compared(&a, &b).knobs, 0, "unknown in both runs: not reported");
    b.named = 0;
    a.named = ~KNOB_BIT(CHAIN);
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_UNLIKE);
    cr_assert_eq(compared(&b, &a).work, KNOB_BIT(CHAIN));
}

/* The same setting measured by other processes is more evidence; a second copy is not. */
Test(compare, processes_are_pooled_once)
{
    for (uint32_t i = 0; i < b.process_count; i++)
        snprintf(b.processes[i].id, sizeof b.processes[i].id, "b%u", i);
    a.telemetry.readings = 3;
    b.telemetry.readings = 4;
    cr_assert(compare_same(&(struct compared){&a, &here}, &(struct compared){&b, &here}));
    cr_assert(run_pool(&a, &b));
    cr_assert_eq(a.process_count, 10);
    cr_assert_eq(a.histograms[METRIC_ITERATION].count, 200);
    cr_assert(run_pool(&a, &b));
    cr_assert_eq(a.process_count, 10);
    cr_assert_eq(a.histograms[METRIC_ITERATION].count, 200);
    cr_assert_eq(a.telemetry.readings, 7);
    b.used.batch++;
    cr_assert_not(compare_same(&(struct compared){&a, &here}, &(struct compared){&b, &here}));
}

Test(compare, different_workloads_are_not_ranked)
{
    static const enum knob_id work[] = {KNOB_SEQ_LEN, KNOB_BATCH, KNOB_HEAD_DIM, KNOB_CHAIN,
                                        KNOB_SEED};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) {
        b.used = a.used;
        b.used.value[work[i]] ^= 1;
        struct comparison comparison = compared(&a, &b);
        cr_assert_eq(comparison.outcome, OUTCOME_UNLIKE);
        cr_assert_eq(comparison.work, UINT64_C(1) << work[i]);
        cr_assert_not(compare_alike(&comparison));
    }
    b.used = a.used;
    strcpy(b.target, "another");
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_UNLIKE);
}

Test(compare, different_knobs_are_named_and_do_not_matter)
{
    b.used.threads = 3;
    b.used.iterations = 7;
    struct comparison comparison = compared(&a, &b);
    cr_assert_eq(comparison.outcome, OUTCOME_FASTER);
    cr_assert_eq(comparison.knobs, KNOB_BIT(THREADS) | KNOB_BIT(ITERATIONS));
}

/* A knob that one of the variants does not read does not distinguish the two runs. */
Test(compare, unread_knobs_are_not_named)
{
    const struct variant deaf = {.workload = run_workload(&a), .knobs = run_work_knobs(&a)};
    b.used.threads = 3;
    b.known = &deaf;
    cr_assert_eq(compared(&a, &b).knobs, 0);
    b.used.seq_len++;
    cr_assert_eq(compared(&a, &b).work, KNOB_BIT(SEQ_LEN));
}

/* Compares a with itself on another device. */
static struct comparison across(const struct device_info *device)
{
    struct comparison comparison;
    compare_runs(&(struct compared){&a, &here}, &(struct compared){&a, device}, &comparison);
    return comparison;
}

Test(compare, speed_ups_do_not_cross_devices)
{
    struct device_info same = here, other = here, cores = here, cuda = here;
    strcpy(other.name, "Another CPU");
    cores.units = 8;
    cuda.backend = BACKEND_CUDA;
    same.memory_free_bytes = 5;
    strcpy(same.driver, "6.2");
    strcpy(same.isa, "baseline");
    cr_assert_eq(across(&other).outcome, OUTCOME_DEVICES);
    cr_assert_eq(across(&other).device, 1u << DEVICE_NAME);
    cr_assert_eq(across(&cores).outcome, OUTCOME_DEVICES);
    cr_assert_eq(across(&cuda).outcome, OUTCOME_DEVICES);
    cr_assert_eq(across(&same).outcome, OUTCOME_CLOSE);
    cr_assert_eq(across(&same).device, 1u << DEVICE_DRIVER | 1u << DEVICE_ISA);
    same.driver[0] = same.isa[0] = '\0';
    same.units = 0;
    cr_assert_eq(across(&same).device, 0, "unknown values do not differ");
}

Test(compare, free_running_steps_are_compared_with_each_other)
{
    b.facts.free_running = true;
    cr_assert_eq(compared(&a, &b).step.value, 0);
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_FASTER);
    a.facts.free_running = true;
    cr_assert_float_eq(compared(&a, &b).step.value, 4, 0.01);
}

/* ---- counterparts --------------------------------------------------------------------------- */

#define MOST 6

/* One side of a comparison, written as one letter per run, which names its variant. A lower-case
 * letter means THREADS 3. A '-' before a letter means that the run has no samples. */
struct short_side {
    struct run runs[MOST];
    struct compared list[MOST];
    size_t count;
};

static void make_side(struct short_side *side, const char *text)
{
    side->count = 0;
    for (; *text; text++) {
        bool empty = *text == '-';
        text += empty;
        char name[] = {(char)(*text & ~0x20), '\0'};
        struct run *run = &side->runs[side->count];
        *run = filled(name, 1000);
        run->used.threads = *text & 0x20 ? 3 : 1;
        run->used.iterations = (int64_t)side->count;
        if (empty)
            histogram_clear(&run->histograms[METRIC_ITERATION]);
        side->list[side->count++] = (struct compared){run, &here};
    }
}

static void close_side(struct short_side *side)
{
    for (size_t i = 0; i < side->count; i++)
        run_close(&side->runs[i]);
}

Test(compare, runs_find_their_counterparts)
{
    static const struct {
        const char *references, *others;
        const char *matches; /* for each reference, the index of its counterpart; '-': none */
    } cases[] = {
        {"PQ", "QP", "10"},   /* by variant */
        {"P", "Q", "0"},      /* one run per side, whatever the variants */
        {"P", "p", "0"},      /* one run per side, with different knobs */
        {"PQ", "pq", "01"},   /* one run per variant, with different knobs */
        {"PQ", "P", "0-"},    /* Q has no counterpart */
        {"P", "QP", "1"},     /* Q is not among the references */
        {"Pp", "pP", "10"},   /* several runs of a variant: matched by knobs */
        {"Pp", "P", "0-"},    /* several references, one other run: by knobs, too */
        {"P", "ppp", "-"},    /* none with equal knobs */
        {"PP", "pPP", "12"},  /* several with equal knobs: in order */
        {"PPP", "PP", "01-"}, /* each run is a counterpart only once */
        {"-PQ", "PQ", "-1"},  /* a reference without samples */
        {"PQ", "P-Q", "0-"},  /* no other run with samples */
        {"-PQ", "R-S", "-0"}, /* one run with samples per side */
        {"PQ", "RS", "--"},   /* nothing in common */
    };
    struct short_side references, others;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t matches[MOST];
        make_side(&references, cases[i].references);
        make_side(&others, cases[i].others);
        compare_match(references.list, references.count, others.list, others.count, matches);
        cr_assert_eq(references.count, strlen(cases[i].matches));
        for (size_t run = 0; run < references.count; run++) {
            char wanted = cases[i].matches[run];
            size_t match = wanted == '-' ? COMPARE_NONE : (size_t)(wanted - '0');
            cr_expect_eq(matches[run], match, "%s against %s: run %zu has %zd", cases[i].references,
                         cases[i].others, run, (ssize_t)matches[run]);
        }
        close_side(&references);
        close_side(&others);
    }
}
