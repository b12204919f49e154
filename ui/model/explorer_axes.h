/*
 * explorer_axes.h - the metric that is shown, and the axes of its histograms.
 */
#ifndef UI_EXPLORER_AXES_H
#define UI_EXPLORER_AXES_H

#include "explorer.h"

/* The time axis of the present view and metric. */
struct axis *explorer_axis(struct explorer *explorer);

/* Bits of the letters that the shared axis does not reach to: of three or more, the one that is so
 * far from the others that these would be unreadable. 0: there is none. */
uint32_t explorer_beyond(const struct explorer *explorer, enum metric metric);

/* What a second histogram shows where there is room: the iteration, or beside that the step. */
enum metric explorer_other_metric(enum metric metric);

/* The next of step, busy, gap and iteration; of a sweep, of time and tokens/s. */
void explorer_next_metric(struct explorer *explorer);

/* Zooms the time axis around the median: in (1) or out (-1); fits it to the samples. */
void explorer_zoom(struct explorer *explorer, int direction);
void explorer_fit(struct explorer *explorer);

/* Turns an axis from logarithmic to linear, or back. */
void explorer_turn_time_axis(struct explorer *explorer);
void explorer_turn_count_axis(struct explorer *explorer);

#endif
