/*
 * checkpoint_hash.h - computes the hash that identifies a checkpoint's model. Private to
 * checkpoint.c.
 */
#pragma once

#include "checkpoint.h"

/* Computes model->hash from the config and the stored bytes of all tensors. Equal models have equal
 * hashes, even if their tensors are distributed over files differently. digest.h says what such a
 * digest guarantees. Returns false and sets *error if out of memory. */
bool checkpoint_hash(struct model_checkpoint *model, struct error *error);
