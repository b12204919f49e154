/*
 * cpu.h - the CPU's variants and device, for the lists in kernels/variants.c.
 */
#pragma once

#include "../lab.h"

extern const struct device_ops cpu_device;

/* Member `ceilings` of struct device_ops (ceilings.c). Takes about a second. */
bool cpu_ceilings(int index, const uint32_t *stop, struct ceilings *ceilings, struct error *error);

extern const struct meter cpu_meter;

extern const struct variant cpu_per_token;
extern const struct variant cpu_persistent;
extern const struct variant cpu_graph;
extern const struct variant cpu_prefill_decode_baseline;
extern const struct variant cpu_prefill_decode_shaped;
extern const struct variant cpu_attention_per_token;
extern const struct variant cpu_attention_persistent;
extern const struct variant cpu_model_per_op;
extern const struct variant cpu_model_persistent;

/* The hidden target `fault` (cpu_fault.c). */
extern const struct variant cpu_fault_hang;
extern const struct variant cpu_fault_stuck;
extern const struct variant cpu_fault_lost;
extern const struct variant cpu_fault_wrong;
extern const struct variant cpu_fault_nan;
