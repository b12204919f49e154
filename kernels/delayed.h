/*
 * delayed.h - the delayed variants, for the list in variants.c.
 */
#pragma once

#include "lab.h"

extern const struct variant cpu_delayed;
#ifdef PDLAB_CUDA
extern const struct variant cuda_delayed;
#endif
