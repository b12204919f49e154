/*
 * ledger.h - divides the bytes of a step by kind (weights, K/V cache, ...), in one line of text.
 */
#pragma once

#include "run.h"

/* Writes "2.47 GB a step: 1.95 weights, 0.53 head", without entries that round to 0; "" if the run
 * has no ledger. Returns `text`. */
const char *ledger_text(const struct run *run, char *text, size_t size);
