/*
 * model_checkpoint.h - a model's config.json and safetensors, read from a folder (--model DIR).
 *
 * A process opens at most one checkpoint, before it opens a device. Its files stay mapped until the
 * process ends, so rows can be read by any thread.
 */
#ifndef KERNELS_MODEL_CHECKPOINT_H
#define KERNELS_MODEL_CHECKPOINT_H

#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opens the folder's config.json, and model.safetensors or the shards that
 * model.safetensors.index.json lists. False: *error names the file, what is wrong and what is
 * accepted; nothing is held. */
bool model_checkpoint_open(const char *folder, struct error *error);

/* The open checkpoint; NULL: there is none. */
const struct model_checkpoint *model_checkpoint_current(void);

const struct model_config *model_checkpoint_config(const struct model_checkpoint *checkpoint);

/* A hash of the config and all tensors that the model has: 64 hexadecimal digits. */
const char *model_checkpoint_hash(const struct model_checkpoint *checkpoint);

/* One row of a tensor, converted to bf16. */
void model_checkpoint_row(const struct model_checkpoint *checkpoint, enum model_tensor tensor,
                          uint32_t layer, uint32_t row, uint16_t *values);

#ifdef __cplusplus
}
#endif

#endif
