/*
 * evidence.h - what the medians of several processes, or of several turns in one process, say of a
 * difference: a 95 % interval, a p-value, and what it would take to know more.
 *
 * y = ln(iteration p50) of one unit. A unit is a process, which shares nothing with the others; or,
 * live, a turn, which shares its process with the others, so that the device's noise between
 * processes (noise.h) is added. The interval is Welch's t interval of the difference of the means
 * of y (B. L. Welch, "The Generalization of 'Student's' Problem when Several Different Population
 * Variances Are Involved", Biometrika 34, 1947), widened by one histogram bucket, within which a
 * median is not known. Why a process: T. Kalibera, R. Jones, "Rigorous Benchmarking in Reasonable
 * Time", ISMM 2013.
 */
#ifndef SRC_EVIDENCE_H
#define SRC_EVIDENCE_H

#include "noise.h"

#define EVIDENCE_CONFIDENCE 0.95
#define EVIDENCE_LEAST      5u   /* units on each side that a verdict takes */
#define EVIDENCE_AIM        0.01 /* half an interval that is narrow enough: 1 % */

/* The medians of one side. All 0: there are none. */
struct evidence {
    uint32_t units;
    double mean;        /* of ln(p50 in ns) */
    double variance;    /* between the units; 0 with fewer than two */
    double bucket;      /* width of the median's bucket, as a part of the median */
    double error;       /* of a single unit's median by its own samples, as a part of it */
    bool turns;         /* the units are turns of one process; else processes */
    struct noise noise; /* of the device, between processes */
};

/* Adds a unit's median. Any order gives the same but for rounding. */
void evidence_add(struct evidence *evidence, double p50_ns);

/* Half the 95 % interval of one side's own median, as a part of it: 0.02 is +-2 %. Of one process
 * with the noise between processes. 0: there are no units. */
double evidence_half_width(const struct evidence *evidence);

/* What two sides say of ln(median of a / median of b). */
struct difference {
    double value;       /* above 0: b is faster */
    double half;        /* of its 95 % interval; INFINITY where a side has no units */
    double half_here;   /* the same without the noise between processes */
    double half_noise;  /* that noise alone: how far two processes differ; 0: it is not added */
    double probability; /* of so large a difference between equals: the p-value */
};
struct difference evidence_compare(const struct evidence *a, const struct evidence *b);

/* The probability alone, which costs little: no interval is sought. */
double evidence_probability(const struct evidence *a, const struct evidence *b);

/* How many units each side needs in all for half an interval of `half`, by the variance that the
 * units have shown; where there is one process, by the device's noise. At least EVIDENCE_LEAST.
 */
uint32_t evidence_needed(const struct evidence *a, const struct evidence *b, double half);

/* Corrects p-values for being many (S. Holm, "A Simple Sequentially Rejective Multiple Test
 * Procedure", Scandinavian Journal of Statistics 6, 1979). In place; at most EVIDENCE_MANY. */
#define EVIDENCE_MANY 1024u
void evidence_holm(double *probabilities, size_t count);

/* Finds those that cannot be told from the fastest: tied[i] becomes true for it and for them. Sides
 * without units are never tied, and with no such side nothing is. Returns the index of the fastest;
 * count: there is none. */
size_t evidence_best(const struct evidence *const *sides, size_t count, bool *tied);

/* Student's t: the chance of less than `t`, and the value that the chance is of. */
double evidence_student(double t, double freedom);
double evidence_student_quantile(double chance, double freedom);

#endif
