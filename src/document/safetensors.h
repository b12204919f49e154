/*
 * safetensors.h - the header of a safetensors file: 8 bytes that are the length of a JSON text, the
 * text, and then the tensors' bytes. The text gives each tensor's name, element type, shape and
 * place. https://huggingface.co/docs/safetensors
 */
#pragma once

#include "../../kernels/error.h"

#include <stddef.h>
#include <stdint.h>

#define SAFETENSORS_HEADER_MOST  UINT64_C(100000000) /* bytes, as the format says */
#define SAFETENSORS_TENSORS_MOST 65536u
#define SAFETENSORS_AXES_MOST    8u

struct safetensor {
    char *name;
    char type[16]; /* "BF16", "F32" … */
    uint32_t axes;
    uint64_t shape[SAFETENSORS_AXES_MOST];
    uint64_t begin, end; /* bytes, from the beginning of the file */
};

struct safetensors {
    struct safetensor *list; /* sorted by name; owned */
    size_t count;
};

/* Reads the header of a file of `length` bytes, all of which are at `bytes`. Messages call it
 * `name`. Accepts only tensors whose bytes lie within the file, overlap no other's, and are as many
 * as type and shape say. False: *error; nothing is held. */
bool safetensors_read(const unsigned char *bytes, uint64_t length, const char *name,
                      struct safetensors *tensors, struct error *error);

/* The tensor of that name; NULL: there is none. */
const struct safetensor *safetensors_find(const struct safetensors *tensors, const char *name);

/* Writes a shape: "[2048, 64]". */
void safetensors_shape_text(const struct safetensor *tensor, char *text, size_t size);

/* A zeroed one is allowed. */
void safetensors_free(struct safetensors *tensors);
