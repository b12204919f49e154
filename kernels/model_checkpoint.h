/*
 * model_checkpoint.h - the open checkpoint: a model's config, and its tensors as files store them.
 *
 * src/document/checkpoint.h reads and checks the files of --model DIR, and sets the checkpoint
 * before pdlab opens a device. A process has at most one checkpoint. It stays mapped until the
 * process ends, so any thread can read its rows. A forked process inherits it.
 */
#pragma once

#include "model.h"

#define MODEL_VOCABULARY_MOST (1u << 20)
#define MODEL_NAME_ROOM       64u
#define MODEL_HASH_ROOM       65u /* 64 hexadecimal digits */

/* How a file stores the elements of a tensor, in little-endian order. */
enum model_element { MODEL_ELEMENT_BF16, MODEL_ELEMENT_F16, MODEL_ELEMENT_F32 };

/* A stored tensor, row-major, with the rows and columns of model_size_of. */
struct model_stored {
    const unsigned char *bytes; /* of any alignment; NULL: the model has no such tensor */
    enum model_element element;
};

struct model_checkpoint {
    struct model_config config;
    char name[MODEL_NAME_ROOM];  /* the folder's name: UTF-8 that is safe on a terminal */
    char hash[MODEL_HASH_ROOM];  /* hash of the config and all tensors that the model has */
    const char *folder;          /* as the user named it */
    struct model_stored *stored; /* [config.layers][MODEL_TENSORS]; layer 0 has the tensors that
                                    exist once per model */
};

__BEGIN_DECLS

/* Makes `checkpoint` the current one; NULL: none. Borrows it until the next call. No other thread
 * may use the current checkpoint during this call. */
void model_checkpoint_use(const struct model_checkpoint *checkpoint);

/* The open checkpoint; NULL: there is none. */
const struct model_checkpoint *model_checkpoint_current(void);

static inline uint32_t model_element_bytes(enum model_element element)
{
    return element == MODEL_ELEMENT_F32 ? 4 : 2;
}

/* Reads one row of a tensor that the model has, rounded to bf16 (nearest, ties to even). */
void model_checkpoint_row(const struct model_checkpoint *checkpoint, enum model_tensor tensor,
                          uint32_t layer, uint32_t row, uint16_t *values);

__END_DECLS
