/*
 * evidence.h - statistics of a difference between medians of several processes, or of several time
 * slices in one process: a 95 % interval, a p-value, and the sample size that a verdict needs.
 *
 * Each unit has one value, y = ln(iteration p50). A unit is a process or, live, a time slice.
 * Processes are independent of each other. Time slices share one process, so the device's noise
 * between processes (noise.h) is added to their variance. The interval is Welch's t interval for
 * the difference between the means of y (B. L. Welch, "The Generalization of 'Student's' Problem
 * when Several Different Population Variances Are Involved", Biometrika 34, 1947), widened by one
 * histogram bucket, the resolution of a median. On why a unit is a process: T. Kalibera, R. Jones,
 * "Rigorous Benchmarking in Reasonable Time", ISMM 2013.
 */
#pragma once

#include "noise.h"

#define EVIDENCE_CONFIDENCE 0.95
#define EVIDENCE_LEAST      5u   /* units that a verdict needs on each side */
#define EVIDENCE_AIM        0.01 /* target half-width of an interval: 1 % */

/* The medians of one side, summarised. All 0: no units. */
struct evidence {
    uint32_t units;
    double mean;     /* mean of ln(p50 in ns) */
    double variance; /* of ln(p50) between the units; 0 with fewer than two units */
    double bucket;   /* width of the median's histogram bucket, relative to the median */
    double error; /* standard error of a single unit's median, from its own samples, relative to the
                     median */
    bool turns;   /* the units are time slices of one process; otherwise processes */
    struct noise noise; /* the device's noise between processes */
};

/* Adds a unit's median. The order affects only rounding. */
void evidence_add(struct evidence *evidence, double p50_ns);

/* Returns half the width of the 95 % interval of one side's median, relative to the median: 0.02 is
 * +-2 %. For a single process, includes the noise between processes. 0: no units. */
double evidence_half_width(const struct evidence *evidence);

/* The difference of two sides: ln(median of a / median of b). */
struct difference {
    double value;       /* above 0: b is faster */
    double half;        /* half the width of the 95 % interval; INFINITY if a side has no units */
    double half_here;   /* the same without the noise between processes */
    double half_noise;  /* the same from the noise between processes alone; 0: that noise was not
                           added */
    double probability; /* the p-value */
};
struct difference evidence_compare(const struct evidence *a, const struct evidence *b);

/* Returns only the p-value. Cheaper than evidence_compare, because it computes no interval. */
double evidence_probability(const struct evidence *a, const struct evidence *b);

/* Returns how many units each side needs in total for an interval of +-`half`, at least
 * EVIDENCE_LEAST. The estimate uses the variance between the units or, for a single process, the
 * device's noise. */
uint32_t evidence_needed(const struct evidence *a, const struct evidence *b, double half);

/* Corrects p-values for multiple comparisons (S. Holm, "A Simple Sequentially Rejective Multiple
 * Test Procedure", Scandinavian Journal of Statistics 6, 1979). In place; at most EVIDENCE_MANY. */
#define EVIDENCE_MANY 1024u
void evidence_holm(double *probabilities, size_t count);

/* Finds the fastest side and all sides that are not significantly slower, and sets their tied[i] to
 * true, all others to false. A side without units is never tied. Returns the index of the fastest
 * side, or `count` if no side has units. */
size_t evidence_best(const struct evidence *const *sides, size_t count, bool *tied);

/* Student's t distribution: the probability of a value below `t`, and its inverse. */
double evidence_student(double t, double freedom);
double evidence_student_quantile(double chance, double freedom);
