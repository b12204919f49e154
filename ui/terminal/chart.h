/*
 * chart.h - fits a time axis to a histogram, and converts the histogram to columns and labels.
 * Does not use curses.
 */
#pragma once

#include "../../src/base/axis.h"
#include "../../src/base/histogram.h"

#define CHART_COLUMNS 512u /* most columns; a wider plot leaves the rest empty */

/* Fits the axis to the samples from the 0.1th to the 99.9th percentile (below 10,000 samples, to
 * all but about ten at either end), with round ends, up to HISTOGRAM_MOST_NS. Without samples,
 * returns false and changes nothing. */
bool axis_fit(struct axis *axis, const struct histogram *histogram);

/* Fits an axis that has no range yet, or widens one that is too narrow. Never changes a zoomed axis
 * (`held`). True if the axis changed. */
bool axis_widen(struct axis *axis, const struct histogram *histogram);

/* Like axis_widen, but only to the 1st and the 99th percentile. A few steps during which the OS
 * took the CPU can be 1,000 times as long as the others, and would leave most of the plot empty. */
bool axis_widen_to_most(struct axis *axis, const struct histogram *histogram);

/* Divides the axis's range by `factor`; centre_ns keeps its place on the screen. */
void axis_zoom(struct axis *axis, double factor, double centre_ns);

/* The column of a duration, with `columns` along the axis; -1 if it is left of them, `columns` or
 * more if it is right of them. A percentile beyond the histogram's range has the value
 * HISTOGRAM_MOST_NS, which is in the last column of an axis that reaches it. */
int chart_column(const struct axis *axis, double ns, unsigned columns);

/* Samples by column. A bucket wider than a column is distributed over the columns in proportion to
 * their overlap, so that narrow columns show no comb pattern. `counts`, `below`, `above` and
 * `beyond` add up to the number of samples. */
struct chart {
    unsigned columns;
    double counts[CHART_COLUMNS];
    double below, above; /* samples beyond either end */
    uint64_t beyond;     /* samples longer than HISTOGRAM_MOST_NS, which no axis shows */
    double most;         /* samples of the fullest column */
};
void chart_count(struct chart *chart, const struct histogram *histogram, const struct axis *axis,
                 unsigned columns);

/* A column's height, from 0 to `levels`; at least 1 if the column has samples. */
unsigned chart_height(const struct chart *chart, unsigned column, unsigned levels, bool log_counts);

/* A text for a column, in a row that chart_place chooses. */
struct label {
    unsigned column; /* the column it labels */
    unsigned width;  /* columns of its text */
    unsigned start;  /* set by chart_place: first column of the text, which does not cover
                        `column` */
    unsigned row;    /* set by chart_place */
    bool placed;     /* set by chart_place: false if there was no room */
};

/* Places labels beside their columns, in rows from 0 to rows - 1. The caller draws a line from each
 * label down the label's column. No label covers another label or its line. Earlier labels have
 * priority. */
void chart_place(struct label *labels, unsigned count, unsigned columns, unsigned rows);
