/*
 * embedded.h - files below presets/ that the build puts into the binary, compressed (the Makefile
 * makes build/embedded.S from them).
 */
#pragma once

#include "../../kernels/error.h"

#include <stddef.h>
#include <stdint.h>

#define EMBEDDED_MOST_BYTES (UINT64_C(16) << 20) /* of one file, inflated */

struct embedded {
    const char *path; /* below presets/: "launch-overhead.json", "recordings/….json" */
    const unsigned char *packed, *end; /* a gzip file */
};

extern const struct embedded embedded_files[]; /* ended by a NULL path */

/* The file of that path, NULL if there is none. */
const struct embedded *embedded_find(const char *path);

/* Its text (malloc, with a NUL behind it) and the length without the NUL. NULL: *error says why:
 * damaged, larger than EMBEDDED_MOST_BYTES, or no memory. */
char *embedded_text(const struct embedded *file, size_t *length, struct error *error);
