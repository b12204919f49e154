/*
 * model_shapes.h - shapes of `model` and sizes of GPUs, for the tests of its GPU plans.
 */
#pragma once

#include "../../kernels/plan/model_plan.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const uint32_t sms[] = {60, 78, 108, 114, 132, 148};
static const enum model_id models[] = {MODEL_TINY, MODEL_LLAMA_1B, MODEL_QWEN3_0_6B};

/* A built-in model, reduced to at most `layers` layers. */
static inline struct model_shape shape_of(enum model_id id, uint32_t layers, uint32_t batch)
{
    const struct model_config *config = model_config_of(id);
    return (struct model_shape){
        .config = *config,
        .seed = 1,
        .layers = layers < config->layers ? layers : config->layers,
        .batch = batch,
        .context = 700,
        .seq_len = 32,
    };
}

/* A checkpoint with the least regular sizes that pdlab accepts. */
static inline struct model_shape odd_shape(void)
{
    struct model_shape shape = shape_of(MODEL_TINY, 3, 1);
    shape.config.heads = 9;
    shape.config.kv_heads = 3;
    shape.config.head_dim = 64;
    shape.config.hidden = 576;
    shape.config.mlp = 96;
    shape.config.vocabulary = 104;
    shape.config.tied = false;
    shape.config.qk_norm = true;
    return shape;
}
