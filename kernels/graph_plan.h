/*
 * graph_plan.h - how replays of a captured graph divide the steps of an iteration. Pure arithmetic
 * on knobs, so tests need no GPU.
 */
#pragma once

#include "lab.h"

__BEGIN_DECLS

#define GRAPH_CAPTURE_MOST 2048 /* most steps captured if MAX_CAPTURE_SEQ is auto */

/* An iteration is `pieces` replays of `steps` steps each. In the last replay, steps past SEQ_LEN
 * are idle. Every replay has at least one step that is not idle. */
struct graph_plan {
    uint32_t pieces, steps;
};

/* MAX_CAPTURE_SEQ; if it is `auto`, min(SEQ_LEN, GRAPH_CAPTURE_MOST). */
int64_t graph_capture_most(const struct knobs *knobs);

/* For a graph with one node per step: one replay up to MAX_CAPTURE_SEQ steps, else as many replays
 * of equal length as needed. */
struct graph_plan graph_plan_chain(const struct knobs *knobs);

/* For a graph whose only node is a persistent kernel, which takes any number of steps: GRAPH_MODE
 * decides. Piecewise makes at least two pieces if SEQ_LEN is at least 2, so that the modes show the
 * cost of an extra replay at any length. */
struct graph_plan graph_plan_decode(const struct knobs *knobs);

__END_DECLS
