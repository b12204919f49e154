/*
 * attention_rows.h - the rows of a K or V cache on the host, many at once: what attention_cache_row
 * (attention.h) makes one by one, the same bits. Sixteen counters go through Philox side by side,
 * on the widest SIMD path that the machine has. A cache of a gigabyte takes a second instead of
 * several, and so does the reference that makes it again.
 */
#ifndef KERNELS_ATTENTION_ROWS_H
#define KERNELS_ATTENTION_ROWS_H

#include "attention.h"

/* Rows [first, first + count) of a copy, rounded to DTYPE: values[count][HEAD_DIM]. */
void attention_make_rows(const struct attention_shape *shape, enum attention_side side,
                         uint32_t copy, uint32_t b, uint32_t kv_head, uint32_t first,
                         uint32_t count, float *values);

/* Stores `count` numbers as `type`. */
void attention_store(enum data_type type, const float *values, size_t count, void *stored);

/* The numbers that were stored as `type`. */
void attention_load(enum data_type type, const void *stored, size_t count, float *values);

#endif
