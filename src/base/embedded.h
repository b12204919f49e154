/*
 * embedded.h - files below presets/ that the build puts into the binary, compressed (the Makefile
 * makes build/embedded.S from them).
 */
#pragma once

#include "../../kernels/error.h"

#include <stddef.h>
#include <stdint.h>

#define EMBEDDED_MOST_BYTES (UINT64_C(16) << 20) /* of one inflated file */

struct embedded {
    const char *path; /* relative to presets/: "launch-overhead.json", "recordings/….json" */
    const unsigned char *packed, *end; /* a gzip file */
};

extern const struct embedded embedded_files[]; /* ends with a NULL path */

/* Returns the file with that path; NULL if there is none. */
const struct embedded *embedded_find(const char *path);

/* Returns the file's text (malloc, with a NUL after it); *length does not count the NUL. NULL:
 * *error says that the file is damaged or larger than EMBEDDED_MOST_BYTES, or that memory ran
 * out. */
char *embedded_text(const struct embedded *file, size_t *length, struct error *error);
