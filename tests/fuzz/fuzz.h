/*
 * fuzz.h - shared by the fuzzers: checks that abort, so that libFuzzer reports the input.
 */
#pragma once

#include "../../kernels/error.h"
#include "../../src/base/text.h"
#include "../../src/engine/knobs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool condition)
{
    if (!condition)
        abort();
}

/* Requires that the reader refused the input with a message that can be printed. */
static inline void require_refusal(const struct error *error)
{
    require(error->kind == ERROR_INPUT && text_printable(error->text));
}

/* Requires that two texts are equal, and frees both. */
static inline void require_equal(char *a, size_t a_length, char *b, size_t b_length)
{
    require(a && b && a_length == b_length && memcmp(a, b, a_length) == 0);
    free(a);
    free(b);
}

/* Requires valid values of the knobs in `mask`, which has one bit per knob. */
static inline void require_knobs(const struct knobs *knobs, uint64_t mask)
{
    for (int id = 0; id < KNOB_COUNT; id++)
        require(!(mask >> id & 1) || knob_valid((enum knob_id)id, knobs->value[id]));
}
