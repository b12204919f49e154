/*
 * progress.h - what pdlab does until a variant has samples, and for how long. Pure.
 */
#pragma once

#include "../../src/engine/worker.h"

/* Zeroed: no wait. */
struct progress {
    uint64_t key;              /* identifies the wait; 0: none */
    uint64_t began_ns, now_ns; /* any steady clock's */
};

/* Advances time. `key` identifies what is awaited; 0: nothing. */
void progress_follow(struct progress *progress, uint64_t key, uint64_t now_ns);

/* Writes "cpu_graph: warming up, 3 of 10 iterations". `device`: "cuda:0". `run` is NULL until there
 * is one; `name` is the variant's in any case. */
void progress_text(enum worker_state state, const char *device, const char *name,
                   const struct run *run, char *text, size_t size);

/* Writes a spinner and the elapsed time: "/ 3.2 s". "" without a wait. */
void progress_elapsed(const struct progress *progress, char *text, size_t size);
