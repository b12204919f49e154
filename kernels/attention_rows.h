/*
 * attention_rows.h - generates many rows of a K or V cache at once on the host: the same bits as
 * attention_cache_row (attention.h) makes one by one. Sixteen counters go through Philox in
 * parallel, on the widest SIMD path of the machine. A cache of a gigabyte takes one second instead
 * of several, and so does the reference, which regenerates it. The workload `model` generates its
 * weights the same way.
 */
#pragma once

#include "attention.h"

/* Generates rows [first, first + count) of a copy, rounded to DTYPE: values[count][HEAD_DIM]. */
void attention_make_rows(const struct attention_shape *shape, enum attention_side side,
                         uint32_t copy, uint32_t b, uint32_t kv_head, uint32_t first,
                         uint32_t count, float *values);

/* Generates a row with the same bits as input_row (inputs.h), but faster. columns: a multiple of
 * 4. */
void attention_uniform_row(uint64_t seed, uint32_t tensor, uint32_t b, uint32_t t, uint32_t columns,
                           float *values);

/* Converts `count` numbers to `type` and stores them. */
void attention_store(enum data_type type, const float *values, size_t count, void *stored);

/* Loads `count` numbers that were stored as `type`. */
void attention_load(enum data_type type, const void *stored, size_t count, float *values);
