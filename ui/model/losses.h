/*
 * losses.h - counts how often a variant crashed the device, in this process and in the processes
 * before it restarted.
 */
#pragma once

#include "../../src/engine/run.h"

struct losses {
    bool lost;       /* a device was lost in this process */
    char before[48]; /* the variant that crashed the device in the previous process; "": none, or
                        the user has pressed a key since then */
    uint32_t count;  /* losses in this process and the previous ones */
    char last[600];  /* variant and reason of the last loss; "": none */
};

/* Adds a loss, or restores the losses that the previous process saved. */
void losses_note(struct losses *losses, const char *variant, const char *reason);
void losses_restore(struct losses *losses, uint32_t count, const char *variant, const char *reason);
