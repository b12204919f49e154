/*
 * fuzz.h - what every fuzzer needs.
 */
#pragma once

#include "../../kernels/error.h"
#include "../../src/base/text.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool condition)
{
    if (!condition)
        abort();
}

/* A refusal is of the input, and can be printed. */
static inline void require_refusal(const struct error *error)
{
    require(error->kind == ERROR_INPUT && text_printable(error->text));
}
