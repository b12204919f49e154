/*
 * turn_trace.h - selects the iterations whose stamps a run keeps: its slowest, and one near its
 * median.
 */
#pragma once

#include "turn.h"

/* Keeps the stamps of the last recorded iteration if it is the slowest so far. */
void turn_trace_keep_slowest(struct turn *turn);

/* Keeps the stamps of the last recorded iteration if it is nearer to the median than the iteration
 * kept before. An empty turn is allowed. Call it only when publishing: a percentile costs more than
 * a short iteration. */
void turn_trace_keep_typical(struct turn *turn);
