/*
 * checkpoint_hash.h - the hash that identifies a checkpoint's model. Private to checkpoint.c.
 */
#pragma once

#include "checkpoint.h"

/* Fills model->hash from the config and all tensors that the model has, as they are stored. Equal
 * models have equal hashes, however their tensors are spread over files. digest.h says what such a
 * digest guarantees. False: *error, out of memory. */
bool checkpoint_hash(struct model_checkpoint *model, struct error *error);
