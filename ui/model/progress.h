/*
 * progress.h - says what pdlab does until a variant has samples, and for how long. The caller
 * passes the time.
 */
#pragma once

#include "../../src/engine/worker.h"

/* A zeroed struct means no wait. */
struct progress {
    uint64_t key;              /* identifies the wait; 0: none */
    uint64_t began_ns, now_ns; /* of any steady clock */
};

/* Advances time. Another `key` begins another wait; 0: nothing is awaited. */
void progress_follow(struct progress *progress, uint64_t key, uint64_t now_ns);

/* Writes "cpu_graph: warming up, 3 of 10 iterations". `device`: "cuda:0". `name`: the variant.
 * `run`: its run; NULL: none yet. */
void progress_text(enum worker_state state, const char *device, const char *name,
                   const struct run *run, char *text, size_t size);

/* Writes a spinner and the elapsed time: "/ 3.2 s"; "" without a wait. */
void progress_elapsed(const struct progress *progress, char *text, size_t size);
