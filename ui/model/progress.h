/*
 * progress.h - what is being done while a variant has no samples yet, and for how long. Pure.
 */
#ifndef UI_PROGRESS_H
#define UI_PROGRESS_H

#include "../../src/engine/worker.h"

/* A zeroed one waits for nothing. */
struct progress {
    uint64_t key;              /* of what is waited for; 0: nothing */
    uint64_t began_ns, now_ns; /* any steady clock's */
};

/* Time has passed; `key` is another number for each thing that is waited for, 0: nothing. */
void progress_follow(struct progress *progress, uint64_t key, uint64_t now_ns);

/* Writes "cpu_graph: warming up, 3 of 10 iterations". `device`: "cuda:0"; run: NULL while there is
 * none, `name` is the variant's nevertheless. */
void progress_text(enum worker_state state, const char *device, const char *name,
                   const struct run *run, char *text, size_t size);

/* Writes a spinner and the elapsed time: "/ 3.2 s". "" while nothing is waited for. */
void progress_elapsed(const struct progress *progress, char *text, size_t size);

#endif
