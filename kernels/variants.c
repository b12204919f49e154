/*
 * variants.c - the list of variants and backends. A new variant is one file and one row here; rows
 * of a target stand together, per backend in the order of their rungs.
 */
#include "cpu/cpu.h"
#include "lab.h"

/* clang-format off */
const struct variant *const variants[] = {
    &cpu_per_token,
    &cpu_persistent,
    &cpu_graph,
    &cpu_attention_per_token,
    &cpu_attention_persistent,
    NULL,
};
/* clang-format on */

const struct device_ops *const backends[BACKEND_COUNT] = {
    [BACKEND_CPU] = &cpu_device,
};
