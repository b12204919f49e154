#include "worker_holders.h"

#include "loss.h"

#include <stdlib.h>

void worker_holders_close(struct worker_holders *holders)
{
    free(holders->loss);
    holders->loss = NULL;
}

void worker_holders_note(struct worker_holders *holders, const struct run *run)
{
    holders->before = holders->last;
    holders->last = (struct worker_holder){.variant = run->known, .used = run->used};
}

void worker_holders_lose(struct worker_holders *holders, const struct device_info *device,
                         const struct turn *turn)
{
    holders->loss = loss_print(&(struct loss){.device = device,
                                              .run = turn->run,
                                              .why = &turn->loss,
                                              .account = turn->account,
                                              .before = holders->before.variant,
                                              .before_used = &holders->before.used});
}
