/*
 * explorer_axes.h - the metric on screen, and the axes of its histograms.
 */
#pragma once

#include "explorer.h"

/* Returns the bits of the tags that the shared axis leaves out; 0: none. If three or more rows are
 * tagged, and one is so far from the others that they would be unreadable, the axis leaves out that
 * one. */
uint32_t explorer_beyond(const struct explorer *explorer, enum metric metric);

/* The metric of the second histogram, which is drawn if there is room: the iteration, or, if the
 * first shows the iteration, the step. */
enum metric explorer_other_metric(enum metric metric);

/* Switches to the next of step, busy, gap and iteration; in a sweep, between time and tokens/s. */
void explorer_next_metric(struct explorer *explorer);

/* Zooms the time axis in (1) or out (-1) around the median, or fits the axis to the samples. */
void explorer_zoom(struct explorer *explorer, int direction);
void explorer_fit(struct explorer *explorer);

/* Switches an axis between logarithmic and linear. */
void explorer_turn_time_axis(struct explorer *explorer);
void explorer_turn_count_axis(struct explorer *explorer);
