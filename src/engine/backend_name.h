/*
 * backend_name.h - the names of a backend and of its units, for documents, options and messages.
 */
#pragma once

#include "../../kernels/lab.h"

/* "cpu", "cuda". */
const char *backend_name(enum backend backend);
extern const char *const backend_names[BACKEND_COUNT + 1]; /* NULL-terminated */

/* The plural noun for what starts a step: "wakes" of threads on a CPU, "launches" on a GPU. */
const char *backend_starts(enum backend backend);

/* Writes the number of the device's units: "1 core", "132 SMs". Returns `text`. */
const char *backend_units(char *text, size_t size, const struct device_info *device);
