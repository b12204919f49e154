/*
 * ledger.h - what the bytes of a step are, in a line.
 */
#pragma once

#include "run.h"

/* Writes "2.47 GB a step: 1.95 weights, 0.53 head", leaving out what rounds to nothing; "" if the
 * bytes are not divided. Returns `text`. */
const char *ledger_text(const struct run *run, char *text, size_t size);
