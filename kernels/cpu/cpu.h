/*
 * cpu.h - what this folder offers to the list of variants (kernels/variants.c).
 */
#ifndef KERNELS_CPU_CPU_H
#define KERNELS_CPU_CPU_H

#include "../lab.h"

extern const struct device_ops cpu_device;

extern const struct variant cpu_per_token;
extern const struct variant cpu_persistent;
extern const struct variant cpu_graph;

#endif
