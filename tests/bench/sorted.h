/*
 * sorted.h - the median of measured values.
 */
#ifndef TESTS_BENCH_SORTED_H
#define TESTS_BENCH_SORTED_H

/* Sorts them, the least first, and returns their median. */
double sorted_median(double *values, int count);

#endif
