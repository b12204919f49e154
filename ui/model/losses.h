/*
 * losses.h - devices that variants crashed, in this process and in the processes that it was
 * restarted from.
 */
#pragma once

#include "../../src/engine/run.h"

struct losses {
    bool lost;       /* a device was lost in this process */
    char before[48]; /* the variant that crashed it in the previous process; "": none, or the user
                        has pressed a key since */
    uint32_t count;  /* so far */
    char last[600];  /* variant and reason of the last loss; "": none */
};

/* Adds a loss; or restores the count that the previous process saved. */
void losses_note(struct losses *losses, const char *variant, const char *reason);
void losses_restore(struct losses *losses, uint32_t count, const char *variant, const char *reason);
