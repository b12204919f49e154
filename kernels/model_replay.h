/*
 * model_replay.h - the reference of `model` for one sequence, all steps at once, and the parts of a
 * layer that the thread pool computes: matrices and attention. Only model_reference.c uses it.
 */
#pragma once

#include "model.h"

struct model_arithmetic;

/* Activations have one row per step, [seq_len][columns]. The comments below give only the
 * columns. */
struct model_replay {
    struct model_shape shape;
    const struct workload_order *order;
    const struct model_arithmetic *arithmetic;
    uint32_t b;            /* the sequence */
    double *x, *n;         /* [hidden] */
    double *q, *attention; /* [heads][head_dim] */
    double *k, *v;         /* [kv_heads][head_dim], rounded to bf16 as in the cache */
    double *gate, *up;     /* [mlp] */
    double *frequencies;   /* [head_dim / 2] */
    void *memory;          /* one block that contains all these arrays */
    uint32_t failed;       /* atomic: out of memory */
};

/* Fills *replay except b and the contents of the activations. False: out of memory, and nothing to
 * close. */
bool model_replay_open(struct model_replay *replay, const struct workload_order *order);
void model_replay_close(struct model_replay *replay);

/* Whether the order was cancelled or memory ran out. In both cases the functions below return early
 * and leave their results undefined. */
bool model_replay_is_over(const struct model_replay *replay);

/* Multiplies a matrix by in[seq_len][columns], the activations of all steps. The product is written
 * to out[t * stride + row], or added to it if `adds`. */
void model_replay_multiply(struct model_replay *replay, enum model_tensor tensor, uint32_t layer,
                           const double *in, double *out, size_t stride, bool adds);

/* attention = softmax(q K^T / sqrt(head_dim)) V, for all steps and query heads of a layer. K and V
 * are the context's cache rows, then the rows of k and v. */
void model_replay_attend(struct model_replay *replay, uint32_t layer);
