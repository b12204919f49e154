/*
 * backend_name.h - what documents, options and messages call a backend.
 */
#ifndef SRC_BACKEND_NAME_H
#define SRC_BACKEND_NAME_H

#include "../../kernels/lab.h"

/* "cpu", "cuda". */
const char *backend_name(enum backend backend);
extern const char *const backend_names[BACKEND_COUNT + 1]; /* ended by NULL */

#endif
