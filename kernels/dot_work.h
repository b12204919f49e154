/*
 * dot_work.h - how much work a step of `dot` is, on every backend: members of struct variant.
 */
#ifndef KERNELS_DOT_WORK_H
#define KERNELS_DOT_WORK_H

#include "lab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A row of q, k and v read and one of out written, for each sequence. */
uint64_t dot_step_bytes(const struct knobs *knobs);

/* An element takes a multiply and an add in the dot product and a multiply by v; with the chain
 * also a multiply and an add to make q'. */
uint64_t dot_step_flops(const struct knobs *knobs);

#ifdef __cplusplus
}
#endif

#endif
