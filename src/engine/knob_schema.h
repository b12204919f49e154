/*
 * knob_schema.h - the JSON Schema of knobs in documents, generated from kernels/knobs.def.
 *
 * Every schema that accepts the knobs of this build contains this schema as $defs.knobs, so that a
 * validator needs only one file. `make knobs` updates the copies. Older versions of a schema keep
 * the knobs that they had.
 */
#pragma once

#include <stddef.h>

/* The schema of an object of knobs, with one line per knob (malloc). NULL: out of memory. */
char *knob_schema_print(size_t *length);
