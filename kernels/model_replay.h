/*
 * model_replay.h - one sequence of the reference of `model`, all of its steps at once, and the
 * parts of a layer that the crew shares: matrices and attention. model_reference.c alone uses it.
 */
#pragma once

#include "model.h"

struct model_arithmetic;

/* Matrices of activations are [seq_len][columns]. */
struct model_replay {
    struct model_shape shape;
    const struct workload_order *order;
    const struct model_arithmetic *arithmetic;
    uint32_t b;                    /* the sequence */
    double *x, *n;                 /* [hidden] */
    double *q, *k, *v, *attention; /* heads of rows; k and v are rounded as the cache does */
    double *gate, *up;             /* [mlp] */
    double *frequencies;           /* [head_dim / 2] */
    void *memory;                  /* holds all of these */
    uint32_t failed;               /* atomic: out of memory */
};

/* Fills *replay but for b and the activations. False: out of memory, and nothing to close. */
bool model_replay_open(struct model_replay *replay, const struct workload_order *order);
void model_replay_close(struct model_replay *replay);

/* Whether the order was cancelled, or memory ran out. The functions below then return early, and
 * leave undefined results. */
bool model_replay_is_over(const struct model_replay *replay);

/* A matrix times the activations of all steps: out[t * stride + row] of in[seq_len][columns], which
 * is added to what out holds if `adds`. */
void model_replay_multiply(struct model_replay *replay, enum model_tensor tensor, uint32_t layer,
                           const double *in, double *out, size_t stride, bool adds);

/* attention = softmax(q K^T / sqrt(head_dim)) V of all steps and query heads of a layer. Rows of K
 * and V are those of the context, then k and v. */
void model_replay_attend(struct model_replay *replay, uint32_t layer);
