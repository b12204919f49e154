/*
 * checkpoint_config.h - reads a checkpoint's config.json: the shapes of a Llama-type decoder, with
 * the keys of Hugging Face's transformers.
 */
#pragma once

#include "../../kernels/error.h"
#include "../../kernels/model.h"

#include <stddef.h>

#define CHECKPOINT_CONFIG_MOST (UINT64_C(1) << 20) /* bytes */

/* Parses the text of a config; messages call it `name`. Accepts the model types llama and qwen3,
 * with shapes that the workload `model` can run. Refuses features that the workload does not
 * compute: biases, sliding windows, quantized weights, other activations, other kinds of rope.
 * Ignores keys that do not affect a decode. On failure, returns false and sets *error. */
bool checkpoint_parse_config(const char *text, size_t length, const char *name,
                             struct model_config *config, struct error *error);
