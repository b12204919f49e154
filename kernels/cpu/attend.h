/*
 * attend.h - the arithmetic of `attention`: the query heads of one group over rows of K and V, on
 * one thread.
 *
 * The softmax is online, over tiles of rows: M. Milakov, N. Gimelshein, "Online normalizer
 * calculation for softmax", 2018. Each K and V row is read from memory once, for all heads of the
 * group. The code is compiled once per SIMD path (dot.h) and DTYPE, and selected at run time.
 */
#pragma once

#include "../lab.h"
#include "dot.h"

#define ATTEND_TILE_MOST 128 /* rows; the largest KV_TILE */

/* The running softmax of each head of a group: weights are 2^(score - most). Sums of two ranges of
 * rows can be added once both are scaled to the same `most`. */
struct attend_sums {
    float *most;   /* [group]; -infinity: no row yet */
    float *weight; /* [group]: sum of the weights */
    float *out;    /* [group][head_dim]: weighted sum of V rows; aligned to 64 bytes */
};

/* The arguments of one pass. Rows are contiguous, in their stored type, aligned to 64 bytes. */
struct attend {
    const float
        *queries; /* [group][head_dim], scaled by log2(e) / sqrt(head_dim); aligned to 64 bytes */
    const void *k, *v; /* [rows][head_dim] */
    uint32_t rows, tile, group;
    uint32_t head_dim; /* a multiple of 32, at most ATTENTION_HEAD_DIM_MOST */
    struct attend_sums sums;
    bool goes_on; /* the sums already contain the results of earlier passes */
};

/* Computes the sums over `rows` rows, or adds them to the sums so far. 0 rows are allowed. A NaN in
 * any of these rows makes `out` NaN. */
typedef void attend_function(const struct attend *attend);

/* Returns the function for a SIMD path that this CPU supports. On AVX-512, bf16 has a second
 * function for CPUs with bf16 multiplication (AVX512_BF16). That function rounds queries and
 * weights to bf16. */
attend_function *attend_path(enum dot_path path, enum data_type type);

/* attend_choose: the function for a CPU with AVX512_BF16 (`native`) or without it.
 * attend_native_runs: whether this CPU has AVX512_BF16. */
attend_function *attend_choose(enum dot_path path, enum data_type type, bool native);
bool attend_native_runs(void);
