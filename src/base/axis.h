/*
 * axis.h - an axis of durations or rates, and its ticks at round values. The functions have no side
 * effects.
 */
#pragma once

#include <stdbool.h>

#define AXIS_TICKS 40u

/* The values that a plot shows, from its left (or lower) to its right (or upper) edge. */
struct axis {
    double low_ns, high_ns; /* ns, or per second for rates; high_ns 0: no data yet */
    bool linear;            /* otherwise logarithmic, with low_ns > 0 */
    bool held;              /* the user zoomed: the axis does not widen by itself */
};

/* Returns the position of a value: 0 at the low edge, 1 at the high edge, below 0 or above 1
 * outside the axis. */
double axis_position(const struct axis *axis, double ns);

/* Returns the value at a position. */
double axis_value(const struct axis *axis, double position);

/* Returns the largest power of ten that does not exceed `value`, which must be above 0. */
double axis_decade(double value);

/* A labelled position on the axis. */
struct tick {
    double ns;
    unsigned column;
    unsigned start; /* first column of `text`: centred on the tick unless an edge is near */
    char text[16];
};

/* Writes as many ticks at round values as fit without touching labels, at most AXIS_TICKS. Returns
 * their number. */
unsigned axis_ticks(const struct axis *axis, unsigned columns, struct tick *ticks);

/* Like axis_ticks, for a vertical axis of `rows` lines of text. `rate`: the values are rates, not
 * durations. */
unsigned axis_ticks_upright(const struct axis *axis, unsigned rows, bool rate, struct tick *ticks);
