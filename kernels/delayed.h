/*
 * delayed.h - what delayed.c offers to the list of variants.
 */
#ifndef KERNELS_DELAYED_H
#define KERNELS_DELAYED_H

#include "lab.h"

extern const struct variant cpu_delayed;
#ifdef PDLAB_CUDA
extern const struct variant cuda_delayed;
#endif

#endif
