/*
 * loss.h - an account of how a variant took its device down, as text for people.
 */
#ifndef SRC_LOSS_H
#define SRC_LOSS_H

#include "run.h"

/* All borrowed. */
struct loss {
    const struct device_info *device;
    const struct run *run; /* the variant, its knobs and how far it came */
    const struct error *why;
    const char *account;          /* what could still be read (struct turn); NULL: nothing */
    const struct variant *before; /* that had the device before it; NULL: none had */
    const struct knobs *before_used;
};

/* The account, a fact a line (malloc). NULL: no memory. */
char *loss_print(const struct loss *loss);

#endif
