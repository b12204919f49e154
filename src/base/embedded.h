/*
 * embedded.h - files below presets/ that the build puts into the binary (the Makefile makes
 * build/embedded.S from them).
 */
#ifndef SRC_EMBEDDED_H
#define SRC_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *path; /* below presets/: "launch-overhead.json", "recordings/….json" */
    const char *bytes, *end;
};

extern const struct embedded embedded_files[]; /* ended by a NULL path */

/* The file of that path, NULL if there is none. */
const struct embedded *embedded_find(const char *path);

#endif
