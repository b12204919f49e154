/*
 * safetensors.h - reads the header of a safetensors file. The file consists of 8 bytes with the
 * length of a JSON text, that text, and the tensors' bytes. The text gives each tensor's name,
 * element type, shape and position. https://huggingface.co/docs/safetensors
 */
#pragma once

#include "../../kernels/error.h"

#include <stddef.h>
#include <stdint.h>

#define SAFETENSORS_HEADER_MOST  UINT64_C(100000000) /* bytes; the format's own limit */
#define SAFETENSORS_TENSORS_MOST 65536u
#define SAFETENSORS_AXES_MOST    8u

struct safetensor {
    char *name;
    char type[16]; /* "BF16", "F32" … */
    uint32_t axes;
    uint64_t shape[SAFETENSORS_AXES_MOST];
    uint64_t begin, end; /* byte offsets from the beginning of the file */
};

struct safetensors {
    struct safetensor *list; /* sorted by name; owned */
    size_t count;
};

/* Reads the header of a file, whose `length` bytes are at `bytes`. Messages call the file `name`.
 * Accepts a tensor only if its bytes lie within the file, do not overlap those of another tensor,
 * and are as many as its type and shape require. On failure, returns false and sets *error; there
 * is nothing to free. */
bool safetensors_read(const unsigned char *bytes, uint64_t length, const char *name,
                      struct safetensors *tensors, struct error *error);

/* Returns the tensor of that name; NULL if there is none. */
const struct safetensor *safetensors_find(const struct safetensors *tensors, const char *name);

/* Writes the tensor's shape: "[2048, 64]". */
void safetensors_shape_text(const struct safetensor *tensor, char *text, size_t size);

/* Frees the list of tensors. A zeroed struct is allowed. */
void safetensors_free(struct safetensors *tensors);
