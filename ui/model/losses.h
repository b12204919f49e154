/*
 * losses.h - devices that variants took down: in this process, and in those that it was started
 * again from.
 */
#ifndef UI_LOSSES_H
#define UI_LOSSES_H

#include "../../src/engine/run.h"

struct losses {
    bool lost;       /* a device was lost in this process */
    char before[48]; /* the variant that took it with it in the process before; "": none did, or a
                      * key was pressed since */
    uint32_t count;  /* so far */
    char last[600];  /* the variant of the last one, and the reason; "": there was none */
};

/* Another one, or as many as there were by a state of the process before. */
void losses_note(struct losses *losses, const char *variant, const char *reason);
void losses_restore(struct losses *losses, uint32_t count, const char *variant, const char *reason);

/* Whether the run's variant, which took the device with it, did so in the process before too. */
bool losses_again(const struct losses *losses, const struct run *run);

#endif
