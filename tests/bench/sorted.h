/*
 * sorted.h - the median of measured values.
 */
#pragma once

/* Sorts them, the least first, and returns their median. */
double sorted_median(double *values, int count);
