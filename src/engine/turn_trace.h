/*
 * turn_trace.h - which iterations' stamps a run keeps: its slowest, and one near its median.
 */
#ifndef SRC_TURN_TRACE_H
#define SRC_TURN_TRACE_H

#include "turn.h"

/* Keeps the stamps of the iteration recorded last if no slower one was kept. */
void turn_trace_keep_slowest(struct turn *turn);

/* Keeps them if that iteration is nearer to the median than the one kept so far. An empty turn is
 * fine. Call it only when publishing: a percentile costs more than a short iteration. */
void turn_trace_keep_typical(struct turn *turn);

#endif
