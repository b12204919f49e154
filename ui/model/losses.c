#include "losses.h"

#include <stdio.h>

static void name_last(struct losses *losses, const char *variant, const char *reason)
{
    snprintf(losses->last, sizeof losses->last, "%s: %s", variant, reason);
}

void losses_note(struct losses *losses, const char *variant, const char *reason)
{
    losses->count++;
    name_last(losses, variant, reason);
}

void losses_restore(struct losses *losses, uint32_t count, const char *variant, const char *reason)
{
    losses->count = count;
    name_last(losses, variant, reason);
    snprintf(losses->before, sizeof losses->before, "%s", variant);
}
