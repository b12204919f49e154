/*
 * explorer_axes.h - the metric on screen, and the axes of its histograms.
 */
#pragma once

#include "explorer.h"

/* Bits of the tags that the shared axis leaves out. If one of three or more is so far from the
 * others that they would be unreadable, it is left out. 0: none. */
uint32_t explorer_beyond(const struct explorer *explorer, enum metric metric);

/* The metric of a second histogram if there is room: the iteration, or the step beside an
 * iteration. */
enum metric explorer_other_metric(enum metric metric);

/* Switches to the next of step, busy, gap and iteration; in a sweep, between time and tokens/s. */
void explorer_next_metric(struct explorer *explorer);

/* Zooms the time axis around the median: in (1), out (-1); or fits it to the samples. */
void explorer_zoom(struct explorer *explorer, int direction);
void explorer_fit(struct explorer *explorer);

/* Switches an axis between logarithmic and linear. */
void explorer_turn_time_axis(struct explorer *explorer);
void explorer_turn_count_axis(struct explorer *explorer);
