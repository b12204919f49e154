/*
 * graph_plan.h - how the steps of an iteration are shared out over replays of a captured graph.
 * Pure arithmetic on knobs, so that it is tested where there is no GPU.
 */
#ifndef KERNELS_GRAPH_PLAN_H
#define KERNELS_GRAPH_PLAN_H

#include "lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GRAPH_CAPTURE_MOST 2048 /* steps captured at most where MAX_CAPTURE_SEQ is auto */

/* `pieces` replays of `steps` each make an iteration; in the last one steps past SEQ_LEN are idle.
 * No replay is idle altogether. */
struct graph_plan {
    uint32_t pieces, steps;
};

/* MAX_CAPTURE_SEQ with auto replaced: min(SEQ_LEN, GRAPH_CAPTURE_MOST). */
int64_t graph_capture_most(const struct knobs *knobs);

/* Of a graph with a node a step: one replay up to MAX_CAPTURE_SEQ steps, then as many as it takes,
 * of one length. */
struct graph_plan graph_plan_chain(const struct knobs *knobs);

/* Of a graph whose one node is a persistent kernel, which takes any number of steps: by GRAPH_MODE.
 * Piecewise it is never fewer than two pieces, where there are two steps, so that at any length the
 * modes show what a replay more costs. */
struct graph_plan graph_plan_decode(const struct knobs *knobs);

#ifdef __cplusplus
}
#endif

#endif
