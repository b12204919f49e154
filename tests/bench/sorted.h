/*
 * sorted.h - the median of measured values.
 */
#pragma once

/* Sorts the values in place, in ascending order, and returns their median. */
double sorted_median(double *values, int count);
