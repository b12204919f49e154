/*
 * checkpoint_rope.h - reads the rotary position embedding (rope) from a config.json. Private to
 * checkpoint_config.c.
 */
#pragma once

#include "../../kernels/model.h"
#include "../base/json.h"

/* Reads rope_theta and rope_scaling, which transformers 4 writes, or rope_parameters, which
 * transformers 5 writes. Accepts rope without scaling or with the scaling of Llama 3. On failure,
 * returns false and sets *error. */
bool checkpoint_read_rope(const struct json *root, struct model_config *config,
                          struct error *error);
