#include "fifo.h"

#include <time.h>

#define NAP_NS 20000000L

bool fifo_wait(unsigned *patience)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    if (*patience == 0)
        return false;
    --*patience;
    nanosleep(&nap, NULL);
    return true;
}
