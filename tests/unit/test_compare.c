#include "../../src/compare.h"
#include "../../src/knobs.h"
#include "random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- histograms ----------------------------------------------------------------------------- */

static double uniform(uint64_t *state)
{
    return ((double)(random_next(state) >> 11) + 0.5) * 0x1p-53;
}

/* A log-normal duration with that median; spread 0.1 is a tenth. */
static uint64_t draw(uint64_t *state, double median_ns, double spread)
{
    double normal = sqrt(-2 * log(uniform(state))) * cos(2 * M_PI * uniform(state));
    return (uint64_t)llround(median_ns * exp(spread * normal));
}

static struct histogram drawn(uint64_t *state, size_t count, double median_ns, double spread)
{
    struct histogram histogram;
    cr_assert(histogram_open(&histogram, 0, HISTOGRAM_BUCKETS));
    for (size_t i = 0; i < count; i++)
        histogram_record(&histogram, draw(state, median_ns, spread));
    return histogram;
}

Test(compare, a_histogram_against_itself_is_one)
{
    static const size_t counts[] = {1, 2, 5, 6, 7, 100, 9999};
    uint64_t state = 1;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct histogram histogram = drawn(&state, counts[i], 50000, 0.3);
        struct ratio ratio = compare_medians(&histogram, &histogram);
        cr_assert_eq(ratio.value, 1);
        if (counts[i] < COMPARE_LEAST_SAMPLES)
            cr_assert(ratio.low == 0 && ratio.high == 0, "%zu samples", counts[i]);
        else
            cr_assert(ratio.low <= 1 && ratio.high >= 1, "%zu samples", counts[i]);
        histogram_close(&histogram);
    }
}

Test(compare, without_samples_there_is_no_ratio)
{
    uint64_t state = 1;
    struct histogram some = drawn(&state, 100, 5000, 0.1), none = drawn(&state, 0, 5000, 0.1);
    cr_assert_eq(compare_medians(&some, &none).value, 0);
    cr_assert_eq(compare_medians(&none, &some).value, 0);
    histogram_close(&some);
    histogram_close(&none);
}

Test(compare, any_durations_give_numbers)
{
    static const uint64_t durations[] = {0, 1, 2047, 2048, HISTOGRAM_MOST_NS, UINT64_MAX / 8};
    enum { COUNT = sizeof durations / sizeof *durations };
    struct histogram histograms[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert(histogram_open(&histograms[i], 0, HISTOGRAM_BUCKETS));
        for (int sample = 0; sample < 9; sample++)
            histogram_record(&histograms[i], durations[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            struct ratio ratio = compare_medians(&histograms[i], &histograms[j]);
            cr_assert(isfinite(ratio.high) && ratio.low > 0);
            cr_assert(ratio.low <= ratio.value && ratio.value <= ratio.high);
        }
    }
    for (size_t i = 0; i < COUNT; i++)
        histogram_close(&histograms[i]);
}

/* The chance that the median of a resample of n samples is at most the r-th of them: at least k of
 * n draws are among the first r (Efron 1979). */
static double chance(int n, int r)
{
    double p = (double)r / n, sum = 0;
    for (int i = (n + 1) / 2; i <= n && r < n; i++)
        sum += exp(lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) + i * log(p) +
                   (n - i) * log1p(-p));
    return r < n ? sum : 1;
}

/* The first of n samples that so large a share of the medians does not exceed; 0 where that is too
 * close to say with COMPARE_RESAMPLES. */
static int rank_at(int n, double share)
{
    int r = 1;
    while (chance(n, r) < share)
        r++;
    bool close = fabs(chance(n, r) - share) < 0.006 || (r > 1 && share - chance(n, r - 1) < 0.006);
    return close ? 0 : r;
}

/* Against samples that do not vary, the interval is that of one side's median, which is known. */
Test(compare, the_interval_is_the_exact_one_of_the_median)
{
    int decided = 0;
    for (int n = (int)COMPARE_LEAST_SAMPLES; n <= 60; n++) {
        uint64_t state = 1;
        struct histogram reference = drawn(&state, 0, 1, 0), other = drawn(&state, 0, 1, 0);
        for (int i = 1; i <= n; i++) {
            histogram_record(&reference, 1000 + (uint64_t)i * 10);
            histogram_record(&other, 1000);
        }
        struct ratio ratio = compare_medians(&reference, &other);
        int low = rank_at(n, 0.025), high = rank_at(n, 0.975);
        if (low > 0)
            cr_assert_float_eq(ratio.low, (1000 + low * 10) / 1000.0, 1e-9, "low of %d", n);
        if (high > 0)
            cr_assert_float_eq(ratio.high, (1000 + high * 10) / 1000.0, 1e-9, "high of %d", n);
        decided += (low > 0) + (high > 0);
        histogram_close(&reference);
        histogram_close(&other);
    }
    cr_assert_gt(decided, 40, "%d were clear enough", decided);
}

/* 95 % within more than three standard deviations of that many trials; the seeds are fixed. */
Test(compare, the_interval_covers_the_true_ratio)
{
    static const double ratios[] = {1, 1.02, 4};
    enum { TRIALS = 400 };
    uint64_t state = 3;
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        int covered = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            struct histogram reference = drawn(&state, 300, 40000, 0.2);
            struct histogram other = drawn(&state, 200, 40000 / ratios[i], 0.4);
            struct ratio ratio = compare_medians(&reference, &other);
            covered += ratio.low <= ratios[i] && ratios[i] <= ratio.high;
            histogram_close(&reference);
            histogram_close(&other);
        }
        cr_expect(covered >= TRIALS * 91 / 100 && covered <= TRIALS * 99 / 100,
                  "ratio %g: %d of %d", ratios[i], covered, TRIALS);
    }
}

Test(compare, swapping_the_sides_inverts_the_ratio)
{
    uint64_t state = 5;
    for (int round = 0; round < 20; round++) {
        struct histogram a = drawn(&state, 500, 30000, 0.2), b = drawn(&state, 700, 33000, 0.1);
        struct ratio there = compare_medians(&a, &b), back = compare_medians(&b, &a);
        double width = there.high - there.low;
        cr_assert_float_eq(there.value * back.value, 1, 1e-12);
        cr_assert_float_eq(there.low, 1 / back.high, width / 10);
        cr_assert_float_eq(there.high, 1 / back.low, width / 10);
        struct ratio again = compare_medians(&a, &b);
        cr_assert(again.low == there.low && again.high == there.high, "not the same every time");
        histogram_close(&a);
        histogram_close(&b);
    }
}

Test(compare, more_samples_narrow_the_interval)
{
    uint64_t state = 9;
    double before = INFINITY;
    for (size_t count = 10; count <= 100000; count *= 100) {
        struct histogram a = drawn(&state, count, 300000, 0.2);
        struct histogram b = drawn(&state, count, 300000, 0.2);
        struct ratio ratio = compare_medians(&a, &b);
        cr_assert_lt(ratio.high - ratio.low, before / 4);
        before = ratio.high - ratio.low;
        histogram_close(&a);
        histogram_close(&b);
    }
}

/* All samples in one bucket: nothing varies, but a bucket's width is not known away. */
Test(compare, what_a_bucket_rounds_away_decides_nothing)
{
    struct histogram a, b;
    uint64_t lower, upper;
    cr_assert(histogram_open(&a, 0, HISTOGRAM_BUCKETS) && histogram_open(&b, 0, HISTOGRAM_BUCKETS));
    histogram_bounds(histogram_bucket(5000000), &lower, &upper);
    for (int i = 0; i < 1000; i++) {
        histogram_record(&a, i == 0 ? lower : upper - 1);
        histogram_record(&b, i == 0 ? upper - 1 : lower);
    }
    struct ratio ratio = compare_medians(&a, &b);
    cr_assert(ratio.low <= 1 && ratio.high >= (double)(upper - 1) / (double)lower);
    histogram_close(&a);
    histogram_close(&b);
}

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

/* A verified run of 100 iterations, of 10 steps each, that take iteration_ns. */
static struct run filled(const char *variant, uint64_t iteration_ns)
{
    struct run run;
    struct knob_settings defaults;
    knobs_reset(&defaults);
    cr_assert(run_open(&run));
    strcpy(run.variant, variant);
    strcpy(run.target, "persistent_decode");
    run.asked = run.used = defaults.knobs;
    run.status = RUN_DONE;
    run.verification = (struct verification){VERDICT_RIGHT, 8, 8, 1e-7, ""};
    for (uint64_t i = 0; i < 100; i++) {
        histogram_record(&run.histograms[METRIC_ITERATION], iteration_ns + i * iteration_ns / 1000);
        histogram_record(&run.histograms[METRIC_STEP], iteration_ns / 10);
    }
    return run;
}

static struct comparison compared(const struct run *reference, const struct run *other)
{
    struct comparison comparison;
    compare_runs(&(struct compared){reference, &here}, &(struct compared){other, &here},
                 &comparison);
    return comparison;
}

Test(compare, a_verdict_is_of_the_other)
{
    struct run slow = filled("v", 400000), fast = filled("v", 100000);
    struct comparison comparison = compared(&slow, &fast);
    cr_assert_eq(comparison.outcome, OUTCOME_FASTER);
    cr_assert_float_eq(comparison.iteration.value, 4, 0.01);
    cr_assert_float_eq(comparison.step.value, 4, 0.01);
    cr_assert(comparison.work == 0 && comparison.knobs == 0 && comparison.device == 0);
    cr_assert_eq(compared(&fast, &slow).outcome, OUTCOME_SLOWER);
    cr_assert_eq(compared(&fast, &fast).outcome, OUTCOME_CLOSE);
    run_close(&slow), run_close(&fast);
}

Test(compare, what_is_not_right_is_not_ranked)
{
    struct run right = filled("v", 400000), other = filled("v", 100000);
    other.verification.verdict = VERDICT_NONE;
    cr_assert_eq(compared(&right, &other).outcome, OUTCOME_UNVERIFIED);
    cr_assert_eq(compared(&other, &right).outcome, OUTCOME_UNVERIFIED);
    other.verification.verdict = VERDICT_WRONG;
    cr_assert_eq(compared(&right, &other).outcome, OUTCOME_WRONG);
    cr_assert_eq(compared(&other, &right).outcome, OUTCOME_WRONG);
    other.status = RUN_FAILED;
    cr_assert_eq(compared(&right, &other).outcome, OUTCOME_FAILED);
    cr_assert_float_eq(compared(&right, &other).iteration.value, 4, 0.01, "but it is shown");
    run_close(&right), run_close(&other);
}

Test(compare, few_samples_are_not_ranked)
{
    struct run many = filled("v", 400000), few = filled("v", 100000);
    histogram_clear(&few.histograms[METRIC_ITERATION]);
    for (unsigned i = 1; i < COMPARE_LEAST_SAMPLES; i++) {
        histogram_record(&few.histograms[METRIC_ITERATION], 100000);
        cr_assert_eq(compared(&many, &few).outcome, OUTCOME_FEW);
    }
    histogram_record(&few.histograms[METRIC_ITERATION], 100000);
    cr_assert_eq(compared(&many, &few).outcome, OUTCOME_FASTER);
    run_close(&many), run_close(&few);
}

Test(compare, unlike_work_is_not_ranked)
{
    static const enum knob_id work[] = {KNOB_SEQ_LEN, KNOB_BATCH, KNOB_HEAD_DIM, KNOB_CHAIN,
                                        KNOB_SEED};
    struct run a = filled("v", 400000), b = filled("v", 100000);
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
    run_close(&a), run_close(&b);
}

Test(compare, other_knobs_are_named_and_do_not_matter)
{
    struct run a = filled("v", 400000), b = filled("v", 100000);
    b.used.threads = 3;
    b.used.iterations = 7;
    struct comparison comparison = compared(&a, &b);
    cr_assert_eq(comparison.outcome, OUTCOME_FASTER);
    cr_assert_eq(comparison.knobs, KNOB_BIT(THREADS) | KNOB_BIT(ITERATIONS));
    run_close(&a), run_close(&b);
}

/* A knob that one of them does not read says nothing of the two. */
Test(compare, knobs_that_are_not_read_are_not_named)
{
    struct run a = filled("v", 400000), b = filled("v", 100000);
    const struct variant deaf = {.knobs = run_work_knobs(&a)};
    b.used.threads = 3;
    b.known = &deaf;
    cr_assert_eq(compared(&a, &b).knobs, 0);
    b.used.seq_len++;
    cr_assert_eq(compared(&a, &b).work, KNOB_BIT(SEQ_LEN));
    run_close(&a), run_close(&b);
}

static struct comparison across(const struct run *run, const struct device_info *device)
{
    struct comparison comparison;
    compare_runs(&(struct compared){run, &here}, &(struct compared){run, device}, &comparison);
    return comparison;
}

Test(compare, speed_ups_do_not_cross_devices)
{
    struct run run = filled("v", 400000);
    struct device_info same = here, other = here, cores = here, cuda = here;
    strcpy(other.name, "Another CPU");
    cores.units = 8;
    cuda.backend = BACKEND_CUDA;
    same.memory_free_bytes = 5;
    strcpy(same.driver, "6.2");
    strcpy(same.isa, "baseline");
    cr_assert_eq(across(&run, &other).outcome, OUTCOME_DEVICES);
    cr_assert_eq(across(&run, &other).device, 1u << DEVICE_NAME);
    cr_assert_eq(across(&run, &cores).outcome, OUTCOME_DEVICES);
    cr_assert_eq(across(&run, &cuda).outcome, OUTCOME_DEVICES);
    cr_assert_eq(across(&run, &same).outcome, OUTCOME_CLOSE);
    cr_assert_eq(across(&run, &same).device, 1u << DEVICE_DRIVER | 1u << DEVICE_ISA);
    same.driver[0] = same.isa[0] = '\0';
    same.units = 0;
    cr_assert_eq(across(&run, &same).device, 0, "what is not known does not differ");
    run_close(&run);
}

Test(compare, free_running_steps_are_compared_with_their_like)
{
    struct run a = filled("v", 400000), b = filled("v", 100000);
    b.facts.free_running = true;
    cr_assert_eq(compared(&a, &b).step.value, 0);
    cr_assert_eq(compared(&a, &b).outcome, OUTCOME_FASTER);
    a.facts.free_running = true;
    cr_assert_float_eq(compared(&a, &b).step.value, 4, 0.01);
    run_close(&a), run_close(&b);
}

/* ---- counterparts --------------------------------------------------------------------------- */

#define MOST 6

/* A side in short: a letter a run, its variant. A small one has THREADS 3, a '-' before it means
 * that it has no samples. */
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
        const char *matches; /* a digit each, '-' for none */
    } cases[] = {
        {"PQ", "QP", "10"},   /* by variant */
        {"P", "Q", "0"},      /* one each: whatever they are */
        {"P", "p", "0"},      /* one each, with other knobs */
        {"PQ", "pq", "01"},   /* one of each variant, with other knobs */
        {"PQ", "P", "0-"},    /* what the other lacks */
        {"P", "QP", "1"},     /* what the reference lacks */
        {"Pp", "pP", "10"},   /* several: by knobs */
        {"Pp", "P", "0-"},    /* several here, one there: by knobs too */
        {"P", "ppp", "-"},    /* none with equal knobs */
        {"PP", "pPP", "12"},  /* several with equal knobs: in their order */
        {"PPP", "PP", "01-"}, /* and each once */
        {"-PQ", "PQ", "-1"},  /* nothing measured here */
        {"PQ", "P-Q", "0-"},  /* or there */
        {"-PQ", "R-S", "-0"}, /* one measured each */
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
