/*
 * axis.h - an axis of durations or rates, and round ticks along it. Pure.
 */
#pragma once

#include <stdbool.h>

#define AXIS_TICKS 40u

/* The durations that a plot shows, from its left (or lower) to its right (or upper) edge. */
struct axis {
    double low_ns, high_ns; /* high_ns 0: not fitted yet */
    bool linear;            /* otherwise logarithmic, with low_ns > 0 */
    bool held;              /* zoomed by the user: does not widen by itself */
};

/* The position of a duration: 0 at the low edge, 1 at the high one, beyond these outside. */
double axis_position(const struct axis *axis, double ns);

/* The duration at a position. */
double axis_value(const struct axis *axis, double position);

/* The largest power of ten that does not exceed `value`, which is above 0. */
double axis_decade(double value);

/* A labelled position on the axis. */
struct tick {
    double ns;
    unsigned column;
    unsigned start; /* first column of its text, which is centred below the tick as far as the
                       edges allow */
    char text[16];
};

/* Writes round durations along the axis, as many as fit without their texts touching. Returns
 * how many, at most AXIS_TICKS. */
unsigned axis_ticks(const struct axis *axis, unsigned columns, struct tick *ticks);

/* The same for a vertical axis of so many lines of text; `rate`: the values are rates per second.
 */
unsigned axis_ticks_upright(const struct axis *axis, unsigned rows, bool rate, struct tick *ticks);
