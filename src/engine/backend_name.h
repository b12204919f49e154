/*
 * backend_name.h - words for a backend in documents, options and messages.
 */
#pragma once

#include "../../kernels/lab.h"

/* "cpu", "cuda". */
const char *backend_name(enum backend backend);
extern const char *const backend_names[BACKEND_COUNT + 1]; /* NULL-ended */

/* What starts a step's threads or kernel, in the plural: "wakes" on a CPU, "launches" on a GPU. */
const char *backend_starts(enum backend backend);

/* Writes "1 core", "132 SMs". Returns `text`. */
const char *backend_units(char *text, size_t size, const struct device_info *device);
