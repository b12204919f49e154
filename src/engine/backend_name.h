/*
 * backend_name.h - the name of a backend in documents, options and messages.
 */
#ifndef SRC_BACKEND_NAME_H
#define SRC_BACKEND_NAME_H

#include "../../kernels/lab.h"

/* "cpu", "cuda". */
const char *backend_name(enum backend backend);
extern const char *const backend_names[BACKEND_COUNT + 1]; /* NULL-ended */

#endif
