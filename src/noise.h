/*
 * noise.h - how far the medians of one variant lie apart from process to process on a device: the
 * standard deviation of ln(iteration p50). Samples of one process share its clock, its placement
 * and its moment, so nothing that one process measures tells of it.
 */
#ifndef SRC_NOISE_H
#define SRC_NOISE_H

#include "../kernels/lab.h"

struct noise {
    double sigma;       /* of ln(p50): 0.01 is 1 % */
    uint32_t processes; /* of each variant that it was found from; 0: assumed */
};

/* What is assumed of a device that was not looked at: 1 % of a GPU, 5 % of a CPU. */
struct noise noise_assumed(enum backend backend);

#endif
