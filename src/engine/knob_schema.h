/*
 * knob_schema.h - the JSON Schema of knobs in documents, generated from kernels/knobs.def.
 *
 * Each schema that accepts any knob of this build contains it as $defs.knobs, so that a
 * validator needs one file. `make knobs` updates it. Older versions of a schema keep their
 * knobs.
 */
#pragma once

#include <stddef.h>

/* The schema of an object of knobs, with one line per knob (malloc). NULL: out of memory. */
char *knob_schema_print(size_t *length);
