/*
 * model_naive.h - a second implementation of the workload `model`, as plain as possible: one step
 * and one sequence at a time, every loop a sum over one index, inputs element by element. For tests
 * of the reference.
 */
#pragma once

#include "../../kernels/model.h"

#include <math.h>
#include <stdlib.h>

/* A decoder that computes in double precision. */
struct naive {
    struct model_shape shape;
    bool round_inputs; /* rounds activations to bf16 before each matrix product */
    uint32_t b;
    double *cache[2];                 /* K and V: [layers][rows][kv columns], owned */
    uint16_t *weights[MODEL_TENSORS]; /* owned */
};

/* A weight matrix, [layers][rows][columns], generated element by element. */
static inline uint16_t *naive_weights(const struct model_shape *shape, enum model_tensor tensor)
{
    const struct model_size size = model_size_of(&shape->config, tensor);
    const uint32_t layers = tensor < MODEL_ATTENTION_NORM ? 1 : shape->layers;
    uint16_t *weights = malloc((size_t)layers * size.rows * size.columns * sizeof *weights + 1);
    const float scale = model_weight_scale(tensor, size.columns);
    uint16_t *at = weights;
    for (uint32_t layer = 0; layer < layers; layer++)
        for (uint32_t row = 0; row < size.rows; row++)
            for (uint32_t quad = 0; quad < size.columns / 4; quad++, at += 4)
                model_weight_quad(shape->seed, tensor, scale, layer, row, quad, at);
    return weights;
}

static inline void naive_open(struct naive *naive, const struct knobs *knobs)
{
    *naive = (struct naive){.shape = model_shape_of(knobs)};
    for (enum model_tensor tensor = 0; tensor < MODEL_TENSORS; tensor++)
        naive->weights[tensor] = naive_weights(&naive->shape, tensor);
    const struct model_shape *shape = &naive->shape;
    const size_t elements =
        (size_t)shape->layers * model_rows(shape) * model_kv_columns(&shape->config);
    for (int side = 0; side < 2; side++)
        naive->cache[side] = malloc(elements * sizeof(double));
}

static inline void naive_close(struct naive *naive)
{
    for (enum model_tensor tensor = 0; tensor < MODEL_TENSORS; tensor++)
        free(naive->weights[tensor]);
    free(naive->cache[0]);
    free(naive->cache[1]);
}

static inline double naive_bf16(double value)
{
    return (double)attention_from_bf16(attention_to_bf16((float)value));
}

static inline double naive_weight(const struct naive *naive, enum model_tensor tensor,
                                  uint32_t layer, uint32_t row, uint32_t column)
{
    const struct model_size size = model_size_of(&naive->shape.config, tensor);
    return (double)attention_from_bf16(
        naive->weights[tensor][((size_t)layer * size.rows + row) * size.columns + column]);
}

/* out = matrix * in. */
static inline void naive_multiply(const struct naive *naive, enum model_tensor tensor,
                                  uint32_t layer, const double *in, double *out)
{
    const struct model_size size = model_size_of(&naive->shape.config, tensor);
    for (uint32_t row = 0; row < size.rows; row++) {
        out[row] = 0;
        for (uint32_t i = 0; i < size.columns; i++)
            out[row] += naive_weight(naive, tensor, layer, row, i) *
                        (naive->round_inputs ? naive_bf16(in[i]) : in[i]);
    }
}

static inline void naive_norm(const struct naive *naive, enum model_tensor tensor, uint32_t layer,
                              const double *in, double *out)
{
    const uint32_t columns = model_size_of(&naive->shape.config, tensor).columns;
    double mean = 0;
    for (uint32_t i = 0; i < columns; i++)
        mean += in[i] * in[i] / columns;
    for (uint32_t i = 0; i < columns; i++)
        out[i] = in[i] / sqrt(mean + naive->shape.config.norm_epsilon) *
                 naive_weight(naive, tensor, layer, 0, i);
}

/* Rotates one head by its position (RoPE). */
static inline void naive_rope(const struct model_config *config, uint32_t position, double *head)
{
    double frequencies[MODEL_HEAD_DIM_MOST / 2];
    const uint32_t half = config->head_dim / 2;
    model_rope_frequencies(config, frequencies);
    for (uint32_t d = 0; d < half; d++) {
        const double low = head[d], high = head[d + half];
        head[d] = low * cos(position * frequencies[d]) - high * sin(position * frequencies[d]);
        head[d + half] =
            high * cos(position * frequencies[d]) + low * sin(position * frequencies[d]);
    }
}

/* A row of a layer's K or V cache. */
static inline double *naive_row(const struct naive *naive, int side, uint32_t layer, uint32_t row)
{
    return naive->cache[side] + ((size_t)layer * model_rows(&naive->shape) + row) *
                                    model_kv_columns(&naive->shape.config);
}

static inline void naive_fill_context(const struct naive *naive)
{
    const struct model_shape *shape = &naive->shape;
    const uint32_t head_dim = shape->config.head_dim;
    for (int side = 0; side < 2; side++)
        for (uint32_t layer = 0; layer < shape->layers; layer++)
            for (uint32_t row = 0; row < shape->context; row++)
                for (uint32_t i = 0; i < model_kv_columns(&shape->config); i += 4) {
                    uint16_t quad[4];
                    const uint32_t g = i / head_dim;
                    model_cache_quad(shape->seed, (enum attention_side)side, layer,
                                     naive->b * shape->config.kv_heads + g, row,
                                     (i - g * head_dim) / 4, quad);
                    for (int j = 0; j < 4; j++)
                        naive_row(naive, side, layer, row)[i + j] =
                            (double)attention_from_bf16(quad[j]);
                }
}

static inline void naive_attend(const struct naive *naive, uint32_t layer, uint32_t position,
                                const double *q, double *out)
{
    const struct model_config *config = &naive->shape.config;
    const uint32_t head_dim = config->head_dim;
    double *weights = malloc((position + 1) * sizeof *weights);
    for (uint32_t h = 0; h < config->heads; h++) {
        const uint32_t at = h / (config->heads / config->kv_heads) * head_dim;
        double sum = 0;
        for (uint32_t row = 0; row <= position; row++) {
            double score = 0;
            for (uint32_t d = 0; d < head_dim; d++)
                score += q[h * head_dim + d] * naive_row(naive, 0, layer, row)[at + d];
            weights[row] = exp(score / sqrt(head_dim));
            sum += weights[row];
        }
        for (uint32_t d = 0; d < head_dim; d++) {
            out[h * head_dim + d] = 0;
            for (uint32_t row = 0; row <= position; row++)
                out[h * head_dim + d] +=
                    weights[row] / sum * naive_row(naive, 1, layer, row)[at + d];
        }
    }
    free(weights);
}

static inline void naive_layer(const struct naive *naive, uint32_t layer, uint32_t position,
                               double *x)
{
    const struct model_config *config = &naive->shape.config;
    const uint32_t hidden = config->hidden, head_dim = config->head_dim;
    double *n = malloc((hidden + 2 * config->heads * head_dim + 3 * config->mlp) * sizeof *n);
    double *q = n + hidden, *a = q + config->heads * head_dim;
    double *gate = a + config->heads * head_dim, *up = gate + config->mlp, *more = up + config->mlp;
    double *k = naive_row(naive, 0, layer, position), *v = naive_row(naive, 1, layer, position);
    naive_norm(naive, MODEL_ATTENTION_NORM, layer, x, n);
    naive_multiply(naive, MODEL_WQ, layer, n, q);
    naive_multiply(naive, MODEL_WK, layer, n, k);
    naive_multiply(naive, MODEL_WV, layer, n, v);
    for (uint32_t h = 0; h < config->heads; h++) {
        if (config->qk_norm)
            naive_norm(naive, MODEL_Q_NORM, layer, q + h * head_dim, q + h * head_dim);
        naive_rope(config, position, q + h * head_dim);
    }
    for (uint32_t g = 0; g < config->kv_heads; g++) {
        if (config->qk_norm)
            naive_norm(naive, MODEL_K_NORM, layer, k + g * head_dim, k + g * head_dim);
        naive_rope(config, position, k + g * head_dim);
    }
    for (uint32_t i = 0; i < model_kv_columns(config); i++) {
        k[i] = naive_bf16(k[i]);
        v[i] = naive_bf16(v[i]);
    }
    naive_attend(naive, layer, position, q, a);
    naive_multiply(naive, MODEL_WO, layer, a, n);
    for (uint32_t i = 0; i < hidden; i++)
        x[i] += n[i];
    naive_norm(naive, MODEL_MLP_NORM, layer, x, n);
    naive_multiply(naive, MODEL_WGATE, layer, n, gate);
    naive_multiply(naive, MODEL_WUP, layer, n, up);
    for (uint32_t i = 0; i < config->mlp; i++)
        more[i] = gate[i] / (1 + exp(-gate[i])) * up[i];
    naive_multiply(naive, MODEL_WDOWN, layer, more, n);
    for (uint32_t i = 0; i < hidden; i++)
        x[i] += n[i];
    free(n);
}

/* Decodes sequence b; returns its part of the output, [seq_len][model_output_columns]; malloc. */
static inline float *naive_decode(struct naive *naive, uint32_t b)
{
    const struct model_shape *shape = &naive->shape;
    const uint32_t columns = model_output_columns(shape), hidden = shape->config.hidden;
    const uint32_t vocabulary = shape->config.vocabulary;
    float *output = malloc((size_t)shape->seq_len * columns * sizeof *output);
    double *x = malloc(2 * hidden * sizeof *x), *n = x + hidden;
    double *logits = malloc(vocabulary * sizeof *logits);
    uint32_t token = model_first_token(shape->seed, vocabulary, b);
    naive->b = b;
    naive_fill_context(naive);
    for (uint32_t t = 0; t < shape->seq_len; t++) {
        float *row = output + (size_t)t * columns;
        for (uint32_t i = 0; i < hidden; i++)
            x[i] = naive_weight(naive, MODEL_EMBEDDING, 0, token, i);
        for (uint32_t layer = 0; layer < shape->layers; layer++)
            naive_layer(naive, layer, shape->context + t, x);
        naive_norm(naive, MODEL_FINAL_NORM, 0, x, n);
        naive_multiply(naive, model_head_of(&shape->config), 0, n, logits);
        token = 0;
        for (uint32_t i = 0; i < vocabulary; i++) {
            row[MODEL_OUTPUT_LOGITS + i] = (float)logits[i];
            if (row[MODEL_OUTPUT_LOGITS + i] > row[MODEL_OUTPUT_LOGITS + token])
                token = i;
        }
        row[MODEL_OUTPUT_TOKEN] = (float)token;
        for (uint32_t layer = 0; layer < shape->layers; layer++)
            for (int side = 0; side < 2; side++)
                for (uint32_t i = 0; i < model_kv_columns(&shape->config); i++)
                    row[model_output_row(shape, layer, (enum attention_side)side) + i] =
                        (float)naive_row(naive, side, layer, shape->context + t)[i];
    }
    free(x);
    free(logits);
    return output;
}

/* Decodes sequence b with the knobs; returns its part of the output like naive_decode. */
static inline float *naive_output(const struct knobs *knobs, uint32_t b)
{
    struct naive naive;
    naive_open(&naive, knobs);
    float *output = naive_decode(&naive, b);
    naive_close(&naive);
    return output;
}
