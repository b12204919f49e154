/*
 * attend.h - the arithmetic of `attention`: the query heads of one group over rows of K and V, on
 * one thread.
 *
 * The softmax is online, over tiles of rows: M. Milakov, N. Gimelshein, "Online normalizer
 * calculation for softmax", 2018. Each K and V row comes from memory once and serves all heads of
 * the group. Compiled once for each SIMD path (dot.h) and DTYPE; which runs is chosen at run time.
 */
#ifndef KERNELS_CPU_ATTEND_H
#define KERNELS_CPU_ATTEND_H

#include "../lab.h"
#include "dot.h"

#define ATTEND_TILE_MOST 128 /* rows, the most that KV_TILE allows */

/* The softmax so far of each head of a group: weights are 2^(score - most). Sums of two ranges of
 * rows can be added once they are scaled to the same `most`. */
struct attend_sums {
    float *most;   /* [group]; -infinity: no row yet */
    float *weight; /* [group]: sum of the weights */
    float *out;    /* [group][head_dim]: weighted sum of V rows; aligned to 64 bytes */
};

/* One pass. Rows are contiguous, as stored, aligned to 64 bytes. */
struct attend {
    const float *queries; /* [group][head_dim], times log2(e) / sqrt(head_dim); aligned likewise */
    const void *k, *v;    /* [rows][head_dim] */
    uint32_t rows, tile, group;
    uint32_t head_dim; /* 64 or 128 */
    struct attend_sums sums;
    bool goes_on; /* the sums hold what earlier passes found */
};

/* Fills the sums from `rows` rows, or adds these to them; 0 rows are fine. A NaN in a row that is
 * read shows in out. */
typedef void attend_function(const struct attend *attend);

/* The function of a path that runs here. */
attend_function *attend_path(enum dot_path path, enum data_type type);

#endif
