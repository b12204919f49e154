/*
 * delayed.h - the delayed variants, for the list in variants.c.
 */
#pragma once

#include "lab.h"

extern const struct variant cpu_delayed;
extern const struct variant cuda_delayed; /* only in a build with CUDA */
