/*
 * loss.h - the report on a variant that took its device down, as text.
 */
#pragma once

#include "run.h"

/* All pointers are borrowed. */
struct loss {
    const struct device_info *device;
    const struct run *run; /* the variant, its knobs and its progress */
    const struct error *why;
    const char *account;          /* turn.account: what could still be read; NULL: nothing */
    const struct variant *before; /* the previous variant on the device; NULL: none */
    const struct knobs *before_used;
};

/* The report, one fact per line (malloc). NULL: out of memory. */
char *loss_print(const struct loss *loss);
