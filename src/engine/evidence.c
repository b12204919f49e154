#include "evidence.h"

#include <math.h>
#include <stdlib.h>

/* the most units that pdlab suggests */
#define NEEDED_MOST 100000u

void evidence_add(struct evidence *evidence, double p50_ns)
{
    /* Welford's algorithm: keeps precision when the values are almost equal. */
    const double y = log(fmax(p50_ns, 1));
    const double squares = evidence->variance * fmax((double)evidence->units - 1, 0);
    const double off = y - evidence->mean;
    evidence->units++;
    evidence->mean += off / evidence->units;
    if (evidence->units > 1)
        evidence->variance = (squares + off * (y - evidence->mean)) / (evidence->units - 1);
}

/* ---- Student's t ---------------------------------------------------------------------------- */

/* The continued fraction of the incomplete beta function, by Lentz's method (NIST Digital Library
 * of Mathematical Functions, 8.17.22). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double fraction = d;
    for (int m = 1; m <= 500; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        const double terms[] = {even, odd};
        double change = 1;
        for (int i = 0; i < 2; i++) {
            d = 1 + terms[i] * d;
            c = 1 + terms[i] / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            change = c * d;
            fraction *= change;
        }
        if (fabs(change - 1) < 1e-15)
            break;
    }
    return fraction;
}

/* The regularised incomplete beta function I_x(a, b). */
static double beta(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x > 0;
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double evidence_student(double t, double freedom)
{
    const double tail = beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2;
    return t > 0 ? 1 - tail : tail;
}

/* The density of Student's t distribution. */
static double density(double t, double freedom)
{
    return exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2) -
               (freedom + 1) / 2 * log1p(t * t / freedom)) /
           sqrt(M_PI * freedom);
}

double evidence_student_quantile(double chance, double freedom)
{
    if (chance < 0.5)
        return -evidence_student_quantile(1 - chance, freedom);
    double low = 0, high = 1;
    while (evidence_student(high, freedom) < chance && high < 1e12)
        high *= 2;
    /* Newton's method; bisects if a step leaves the bracket. */
    double t = (low + high) / 2;
    for (int i = 0; i < 80; i++) {
        const double off = evidence_student(t, freedom) - chance;
        const double before = t;
        *(off < 0 ? &low : &high) = t;
        t -= off / density(t, freedom);
        if (!(t > low && t < high))
            t = (low + high) / 2;
        if (fabs(t - before) <= 1e-12 * t)
            break;
    }
    return t;
}

/* ---- a difference --------------------------------------------------------------------------- */

/* The variance of a sum of independent estimates, and its degrees of freedom by Welch and
 * Satterthwaite. */
struct spread {
    double variance, weight; /* weight: the sum of variance^2 / freedom */
};

/* freedom: INFINITY if the variance is known or assumed instead of estimated. */
static void spread_add(struct spread *spread, double variance, double freedom)
{
    spread->variance += variance;
    spread->weight += variance * variance / freedom;
}

static void spread_add_units(struct spread *spread, const struct evidence *side)
{
    if (side->units > 1)
        spread_add(spread, side->variance / side->units, side->units - 1);
    else
        spread_add(spread, side->error * side->error, INFINITY);
}

/* Whether the side is a single process. Even with several time slices, it cannot show the variation
 * between processes. */
static bool is_one_process(const struct evidence *side)
{
    return side->turns || side->units <= 1;
}

static void spread_add_noise(struct spread *spread, const struct evidence *side)
{
    const uint32_t processes = side->noise.processes;
    if (is_one_process(side))
        spread_add(spread, side->noise.sigma * side->noise.sigma,
                   processes > 1 ? processes - 1 : INFINITY);
}

static double freedom_of(const struct spread *spread)
{
    return spread->weight > 0 ? spread->variance * spread->variance / spread->weight : 1e9;
}

/* Returns half the width of the 95 % interval, with `bucket` added. */
static double half_of(const struct spread *spread, double bucket)
{
    const double t = evidence_student_quantile((1 + EVIDENCE_CONFIDENCE) / 2, freedom_of(spread));
    return t * sqrt(spread->variance) + bucket;
}

double evidence_half_width(const struct evidence *evidence)
{
    struct spread spread = {0};
    if (evidence->units == 0)
        return 0;
    spread_add_units(&spread, evidence);
    spread_add_noise(&spread, evidence);
    return half_of(&spread, evidence->bucket / 2);
}

/* The p-value of the difference `value`. Two medians within `bucket` of each other count as
 * equal. */
static double probability_of(const struct spread *spread, double value, double bucket)
{
    const double beyond = fabs(value) - bucket;
    if (beyond <= 0)
        return 1;
    if (spread->variance <= 0)
        return 0;
    return 2 * evidence_student(-beyond / sqrt(spread->variance), freedom_of(spread));
}

double evidence_probability(const struct evidence *a, const struct evidence *b)
{
    struct spread spread = {0};
    if (a->units == 0 || b->units == 0)
        return 1;
    spread_add_units(&spread, a);
    spread_add_units(&spread, b);
    spread_add_noise(&spread, a);
    spread_add_noise(&spread, b);
    return probability_of(&spread, a->mean - b->mean, fmax(a->bucket, b->bucket));
}

struct difference evidence_compare(const struct evidence *a, const struct evidence *b)
{
    struct difference difference = {
        .half = INFINITY, .half_here = INFINITY, .probability = evidence_probability(a, b)};
    struct spread here = {0}, noise = {0};
    const double bucket = fmax(a->bucket, b->bucket);
    if (a->units == 0 || b->units == 0)
        return difference;
    difference.value = a->mean - b->mean;
    spread_add_units(&here, a);
    spread_add_units(&here, b);
    spread_add_noise(&noise, a);
    spread_add_noise(&noise, b);
    const struct spread all = {.variance = here.variance + noise.variance,
                               .weight = here.weight + noise.weight};
    difference.half = half_of(&all, bucket);
    difference.half_here = half_of(&here, bucket);
    difference.half_noise = noise.variance > 0 ? half_of(&noise, 0) : 0;
    return difference;
}

/* The variance of one process's median. */
static double process_variance(const struct evidence *side)
{
    return is_one_process(side) ? side->noise.sigma * side->noise.sigma : side->variance;
}

/* Whether `units` units per side narrow the interval to +-`half`. */
static bool is_enough(const struct evidence *a, const struct evidence *b, uint32_t units,
                      double half)
{
    struct spread spread = {0};
    spread_add(&spread, process_variance(a) / units, units - 1);
    spread_add(&spread, process_variance(b) / units, units - 1);
    return half_of(&spread, fmin(fmax(a->bucket, b->bucket), half / 2)) <= half;
}

uint32_t evidence_needed(const struct evidence *a, const struct evidence *b, double half)
{
    uint32_t low = EVIDENCE_LEAST, high = NEEDED_MOST;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (is_enough(a, b, middle, half))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ---- many ----------------------------------------------------------------------------------- */

void evidence_holm(double *probabilities, size_t count)
{
    uint32_t order[EVIDENCE_MANY];
    double before = 0;
    count = count < EVIDENCE_MANY ? count : EVIDENCE_MANY;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = i;
        for (; at > 0 && probabilities[order[at - 1]] > probabilities[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (size_t i = 0; i < count; i++) {
        double *probability = &probabilities[order[i]];
        before = fmax(before, fmin(*probability * (double)(count - i), 1));
        *probability = before;
    }
}

size_t evidence_best(const struct evidence *const *sides, size_t count, bool *tied)
{
    double probabilities[EVIDENCE_MANY];
    count = count < EVIDENCE_MANY ? count : EVIDENCE_MANY;
    size_t best = count, others = 0;
    for (size_t i = 0; i < count; i++)
        if (sides[i]->units > 0 && (best >= count || sides[i]->mean < sides[best]->mean))
            best = i;
    for (size_t i = 0; i < count; i++)
        if (i != best && sides[i]->units > 0)
            probabilities[others++] = evidence_probability(sides[i], sides[best]);
    evidence_holm(probabilities, others);
    others = 0;
    for (size_t i = 0; i < count; i++)
        tied[i] = i == best ||
                  (sides[i]->units > 0 && probabilities[others++] >= 1 - EVIDENCE_CONFIDENCE);
    return best;
}
