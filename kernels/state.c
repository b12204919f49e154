#include "lab.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 64u /* threads spin on members that are aligned to a cache line */

void *state_alloc(size_t bytes, const char *what, struct error *error)
{
    const size_t whole = (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    void *state = aligned_alloc(LINE_BYTES, whole);
    if (state != NULL)
        return memset(state, 0, whole);
    error_set(error, ERROR_RUN, "no memory for %s", what);
    return NULL;
}
