/*
 * chart.h - from a histogram to columns, ticks and labels on a time axis. Pure: no curses.
 */
#ifndef UI_CHART_H
#define UI_CHART_H

#include "../../src/base/histogram.h"

#define CHART_COLUMNS 512u /* a wider plot leaves the rest empty */
#define CHART_TICKS   40u

/* The durations that a plot shows, from its left edge to its right one. */
struct axis {
    double low_ns, high_ns; /* high_ns 0: not fitted yet */
    bool linear;            /* else logarithmic, and low_ns is above 0 */
    bool held;              /* zoomed by hand: it does not widen by itself */
};

/* Fits the axis to the samples from the 0.1th to the 99.9th percentile (while there are fewer than
 * 10,000, all but about ten at either end), with round ends, up to HISTOGRAM_MOST_NS. False, and no
 * change, where there are none. */
bool axis_fit(struct axis *axis, const struct histogram *histogram);

/* Fits an unfitted axis; widens one that is too narrow, unless it is held. True if it changed. */
bool axis_widen(struct axis *axis, const struct histogram *histogram);

/* The same, but only to the 1st and the 99th percentile: a few stolen steps, 1,000 times as long as
 * the others, leave most of a plot empty. */
bool axis_widen_to_most(struct axis *axis, const struct histogram *histogram);

/* Divides the axis's reach by `factor`, leaving centre_ns where it is on the screen. */
void axis_zoom(struct axis *axis, double factor, double centre_ns);

/* Where a duration lies: 0 at the left edge, 1 at the right one, beyond them outside. */
double axis_position(const struct axis *axis, double ns);

/* The duration at a position. */
double axis_value(const struct axis *axis, double position);

/* The column that holds a duration, of `columns` along the axis; -1 for one to the left of them,
 * `columns` or more to the right. HISTOGRAM_MOST_NS, as a percentile beyond the range has it, is in
 * the last column of an axis that reaches so far. */
int chart_column(const struct axis *axis, double ns, unsigned columns);

/* Samples by column. A bucket that reaches over several columns is shared out among them by
 * overlap, so that columns finer than a bucket show no comb. All parts add up to the count. */
struct chart {
    unsigned columns;
    double counts[CHART_COLUMNS];
    double below, above; /* samples off either end */
    uint64_t beyond;     /* samples longer than HISTOGRAM_MOST_NS, on no axis */
    double most;         /* in one column */
};
void chart_count(struct chart *chart, const struct histogram *histogram, const struct axis *axis,
                 unsigned columns);

/* A column's height in `levels` steps. One that holds anything has at least 1. */
unsigned chart_height(const struct chart *chart, unsigned column, unsigned levels, bool log_counts);

/* A labelled place on the axis. */
struct tick {
    double ns;
    unsigned column;
    unsigned start; /* where its text begins: centred below the column, as far as the edges allow */
    char text[16];
};

/* Round durations along the axis, as many as their texts stay apart. Returns how many were written,
 * at most CHART_TICKS. */
unsigned chart_ticks(const struct axis *axis, unsigned columns, struct tick *ticks);

/* A text that belongs to a column and stands in a row of its own choice. */
struct label {
    unsigned column; /* that it belongs to */
    unsigned width;  /* of its text */
    unsigned start;  /* set by chart_place: where the text begins; it does not cover `column` */
    unsigned row;    /* set by chart_place */
    bool placed;     /* set by chart_place: false where there was no room */
};

/* Places labels beside their columns, in rows from 0 to rows - 1, so that none covers another or
 * another's column in the rows below it. Earlier ones have the first choice. */
void chart_place(struct label *labels, unsigned count, unsigned columns, unsigned rows);

#endif
