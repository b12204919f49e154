/*
 * knob_schema.h - what JSON Schema says of the knobs in a document, drawn from kernels/knobs.def.
 *
 * Each schema that takes any knob of this build carries it as its $defs.knobs, so that a validator
 * needs one file. `make knobs` puts it there. Older versions of a schema keep the knobs of their
 * time.
 */
#ifndef SRC_KNOB_SCHEMA_H
#define SRC_KNOB_SCHEMA_H

#include <stddef.h>

/* The schema of an object of knobs: an object with a line for each knob (malloc). NULL: no memory.
 */
char *knob_schema_print(size_t *length);

#endif
