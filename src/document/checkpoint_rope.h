/*
 * checkpoint_rope.h - how a config.json describes rotary position embedding. Private to
 * checkpoint_config.c.
 */
#pragma once

#include "../../kernels/model.h"
#include "../base/json.h"

/* Reads rope_theta and rope_scaling, as transformers 4 writes them, or rope_parameters, as
 * transformers 5 does. Accepts rope without scaling, and with the scaling of Llama 3. False:
 * *error. */
bool checkpoint_read_rope(const struct json *root, struct model_config *config,
                          struct error *error);
