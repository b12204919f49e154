/*
 * checkpoint_config.h - a checkpoint's config.json: the shapes of a Llama-type decoder, in the
 * keys of Hugging Face's transformers.
 */
#pragma once

#include "../../kernels/error.h"
#include "../../kernels/model.h"

#include <stddef.h>

#define CHECKPOINT_CONFIG_MOST (UINT64_C(1) << 20) /* bytes */

/* Reads the text; messages call it `name`. Accepts the model types llama and qwen3, of shapes that
 * the workload `model` can run. Refuses what would change the arithmetic: biases, sliding windows,
 * quantized weights, other activations, other kinds of rope. Ignores keys that do not matter to a
 * decode. False: *error. */
bool checkpoint_parse_config(const char *text, size_t length, const char *name,
                             struct model_config *config, struct error *error);
