#include "../../src/engine/evidence.h"
#include "random.h"
#include "unit.h"

#include <math.h>

static double uniform(uint64_t *state)
{
    return ((double)(random_next(state) >> 11) + 0.5) * 0x1p-53;
}

static double normal(uint64_t *state)
{
    return sqrt(-2 * log(uniform(state))) * cos(2 * M_PI * uniform(state));
}

/* Published tables of Student's t, two-sided 95 % and 99 %. */
Test(evidence, student_agrees_with_tables)
{
    static const struct {
        double freedom, t95, t99;
    } rows[] = {{1, 12.706, 63.657}, {2, 4.303, 9.925},  {4, 2.776, 4.604},
                {9, 2.262, 3.250},   {30, 2.042, 2.750}, {1e9, 1.960, 2.576}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_float_eq(evidence_student_quantile(0.975, rows[i].freedom), rows[i].t95, 6e-4);
        cr_assert_float_eq(evidence_student_quantile(0.005, rows[i].freedom), -rows[i].t99, 6e-4);
        cr_assert_float_eq(evidence_student(rows[i].t95, rows[i].freedom), 0.975, 2e-5);
    }
    cr_assert_float_eq(evidence_student(0, 3), 0.5, 1e-12);
}

static struct evidence evidence_of(const double *p50s, size_t count)
{
    struct evidence evidence = {0};
    for (size_t i = 0; i < count; i++)
        evidence_add(&evidence, p50s[i]);
    return evidence;
}

Test(evidence, mean_and_variance_are_of_logarithms)
{
    static const double p50s[] = {100, 110, 121, 90};
    struct evidence evidence = evidence_of(p50s, 4);
    double mean = 0, squares = 0;
    for (int i = 0; i < 4; i++)
        mean += log(p50s[i]) / 4;
    for (int i = 0; i < 4; i++)
        squares += (log(p50s[i]) - mean) * (log(p50s[i]) - mean);
    cr_assert_eq(evidence.units, 4);
    cr_assert_float_eq(evidence.mean, mean, 1e-12);
    cr_assert_float_eq(evidence.variance, squares / 3, 1e-15);
}

/* A worked example: two samples of equal size and variance have 2 (n - 1) degrees of freedom, and
 * the pooled interval. */
Test(evidence, welch_equals_student_for_equal_variances)
{
    const struct evidence a = {.units = 6, .mean = 10, .variance = 0.04};
    const struct evidence b = {.units = 6, .mean = 9.5, .variance = 0.04};
    struct difference difference = evidence_compare(&a, &b);
    cr_assert_float_eq(difference.value, 0.5, 1e-12);
    cr_assert_float_eq(difference.half, 2.2281 * sqrt(0.04 / 3),
                       1e-4); /* t with 10 degrees of freedom at 97.5 % */
    cr_assert_float_eq(difference.half, difference.half_here, 1e-12);
    cr_assert_eq(difference.half_noise, 0);
    /* t = 4.3301 with 10 degrees of freedom: both tails together are 0.00149. */
    cr_assert_float_eq(difference.probability, 0.00149, 1e-5);
}

Test(evidence, the_interval_and_the_probability_agree)
{
    uint64_t state = 4;
    for (int trial = 0; trial < 2000; trial++) {
        struct evidence a = {.bucket = 0.001}, b = {.bucket = 0.0005};
        const double apart = 0.03 * normal(&state);
        for (uint64_t i = 0; i < 5 + random_below(&state, 4); i++)
            evidence_add(&a, 1e5 * exp(0.02 * normal(&state)));
        for (uint64_t i = 0; i < 5 + random_below(&state, 4); i++)
            evidence_add(&b, 1e5 * exp(apart + 0.01 * normal(&state)));
        struct difference difference = evidence_compare(&a, &b);
        cr_assert_eq(fabs(difference.value) > difference.half, difference.probability < 0.05);
        struct difference back = evidence_compare(&b, &a);
        cr_assert_float_eq(back.value, -difference.value, 1e-12);
        cr_assert_float_eq(back.half, difference.half, 1e-12);
    }
}

/* Units that all fall into one histogram bucket: no variance, but the bucket's width remains. */
Test(evidence, bucket_rounding_decides_nothing)
{
    struct evidence a = {.bucket = 0.001}, b = {.bucket = 0.001};
    for (int i = 0; i < 5; i++)
        evidence_add(&a, 5000000), evidence_add(&b, 5004000);
    cr_assert_eq(evidence_compare(&a, &b).probability, 1);
    cr_assert_gt(evidence_compare(&a, &b).half, 0.0009);
    evidence_add(&b, 5100000);
    cr_assert_leq(evidence_compare(&a, &b).probability, 1);
}

/* The project's promise about verdicts: the interval contains the true ratio in at least 93 % of
 * many simulated comparisons. Bimodal: a process is on one of two levels, depending on its
 * placement. */
static void expect_coverage(unsigned processes, bool bimodal)
{
    enum { TRIALS = 10000 };
    static const double sigmas[] = {0.001, 0.01, 0.05};
    for (size_t s = 0; s < sizeof sigmas / sizeof *sigmas; s++) {
        uint64_t state = 7 + processes;
        int held = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            struct evidence sides[2] = {{.bucket = 0.0005}, {.bucket = 0.0005}};
            for (unsigned i = 0; i < 2 * processes; i++) {
                double off = sigmas[s] * normal(&state);
                if (bimodal)
                    off = 0.3 * off + (random_below(&state, 2) ? sigmas[s] : -sigmas[s]);
                evidence_add(&sides[i % 2], 20000 * exp(off + (i % 2 ? 0 : 0.02)));
            }
            struct difference difference = evidence_compare(&sides[0], &sides[1]);
            held += fabs(difference.value - 0.02) <= difference.half;
        }
        cr_expect(held >= TRIALS * 93 / 100, "%u processes, sigma %g%s: %d of %d", processes,
                  sigmas[s], bimodal ? ", bimodal" : "", held, TRIALS);
        cr_expect(held <= TRIALS * 995 / 1000 || sigmas[s] < 0.002, "wider than it need be: %d",
                  held);
    }
}

Test(evidence, the_interval_contains_the_true_ratio)
{
    expect_coverage(5, false);
    expect_coverage(10, false);
}

Test(evidence, the_interval_contains_the_true_ratio_of_two_levels)
{
    expect_coverage(5, true);
    expect_coverage(10, true);
}

/* Turns do not show the noise between processes, so the device's known noise is added. */
Test(evidence, turns_of_equal_variants_are_seldom_called_different)
{
    enum { TRIALS = 10000 };
    uint64_t state = 99;
    int different = 0, here = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        struct evidence sides[2] = {{.turns = true, .noise = {.sigma = 0.01}},
                                    {.turns = true, .noise = {.sigma = 0.01}}};
        for (int side = 0; side < 2; side++) {
            const double process = 0.01 * normal(&state);
            for (int i = 0; i < 20; i++)
                evidence_add(&sides[side], 20000 * exp(process + 0.002 * normal(&state)));
        }
        struct difference difference = evidence_compare(&sides[0], &sides[1]);
        different += fabs(difference.value) > difference.half;
        here += fabs(difference.value) > difference.half_here;
    }
    cr_assert_lt(different, TRIALS * 7 / 100, "%d", different);
    cr_assert_gt(here, TRIALS / 2, "without the noise they would be: %d", here);
}

Test(evidence, more_units_narrow_the_interval_as_predicted)
{
    const struct evidence a = {.units = 5, .variance = 0.0004, .bucket = 0.0005};
    const struct evidence b = {.units = 5, .variance = 0.0001, .bucket = 0.0005};
    const uint32_t needed = evidence_needed(&a, &b, 0.01);
    struct evidence more[2] = {a, b}, fewer[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        more[i].units = needed;
        fewer[i].units = needed - 1;
    }
    cr_assert_leq(evidence_compare(&more[0], &more[1]).half, 0.01);
    cr_assert_gt(evidence_compare(&fewer[0], &fewer[1]).half, 0.01);
    cr_assert_eq(evidence_needed(&a, &b, 1), EVIDENCE_LEAST);
}

/* Holm 1979: p-values 0.01, 0.04, 0.03, 0.005 become 0.03, 0.06, 0.06, 0.02. */
Test(evidence, holm_corrects_as_published)
{
    double probabilities[] = {0.01, 0.04, 0.03, 0.005};
    static const double corrected[] = {0.03, 0.06, 0.06, 0.02};
    evidence_holm(probabilities, 4);
    for (int i = 0; i < 4; i++)
        cr_assert_float_eq(probabilities[i], corrected[i], 1e-12);
    double many[3] = {0.9, 0.8, 0.7};
    evidence_holm(many, 3);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(many[i], 1);
}

Test(evidence, the_best_includes_all_ties)
{
    static const double near[] = {100, 101, 99, 100, 102}, also[] = {101, 100, 102, 101, 100};
    static const double far[] = {150, 151, 149, 150, 152};
    const struct evidence a = evidence_of(near, 5), b = evidence_of(also, 5);
    const struct evidence c = evidence_of(far, 5), none = {0};
    const struct evidence *sides[] = {&c, &b, &none, &a};
    bool tied[4];
    cr_assert_eq(evidence_best(sides, 4, tied), 3);
    cr_assert(!tied[0] && tied[1] && !tied[2] && tied[3]);
    const struct evidence *empty[] = {&none};
    cr_assert_eq(evidence_best(empty, 1, tied), 1);
    cr_assert_not(tied[0]);
    /* One process per variant, on a device with known noise: near medians tie, distant medians do
     * not. */
    struct evidence ones[2] = {evidence_of(near, 1), evidence_of(far, 1)};
    ones[0].noise = ones[1].noise = (struct noise){.sigma = 0.01};
    const struct evidence *singles[] = {&ones[0], &ones[1]};
    cr_assert_eq(evidence_best(singles, 2, tied), 0);
    cr_assert_not(tied[1]);
    ones[0].noise.sigma = ones[1].noise.sigma = 0.5;
    evidence_best(singles, 2, tied);
    cr_assert(tied[1]);
}

/* One of twelve equal variants is rarely excluded from the best. */
Test(evidence, equals_are_seldom_excluded_from_the_best)
{
    enum { TRIALS = 1000, SIDES = 12 };
    uint64_t state = 12;
    int left_out = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        struct evidence sides[SIDES] = {0};
        const struct evidence *pointers[SIDES];
        bool tied[SIDES], all = true;
        for (int side = 0; side < SIDES; side++) {
            for (int i = 0; i < 5; i++)
                evidence_add(&sides[side], 1e5 * exp(0.01 * normal(&state)));
            pointers[side] = &sides[side];
        }
        evidence_best(pointers, SIDES, tied);
        for (int side = 0; side < SIDES; side++)
            all &= tied[side];
        left_out += !all;
    }
    cr_assert_lt(left_out, TRIALS / 10, "%d", left_out);
}
