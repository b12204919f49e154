/*
 * pool.h - a thread pool: a launch on the CPU.
 *
 * The threads are created once. Each submission wakes all of them, and each runs body(argument,
 * program) once; its own number is the program. They are named pdlab-cpu-N, and leave every signal
 * to the main thread except those of their own faults.
 */
#pragma once

#include "../lab.h"

typedef void pool_body(void *argument, uint32_t program);

struct pool;

/* Starts `threads` threads, which spin at most spin_ns for a submission before they sleep. NULL:
 * *error says why; nothing is held. */
struct pool *pool_create(uint32_t threads, uint64_t spin_ns, struct error *error);

/* Ends the threads. All submissions must be over. NULL is allowed. */
void pool_destroy(struct pool *pool);

/* Runs `body` on all threads. The previous submission must be over. Only the thread that created
 * the pool may call this. */
void pool_submit(struct pool *pool, pool_body *body, void *argument);

/* Waits until all threads have run the body: spins at most spin_ns, then sleeps. False: timeout_ns
 * passed first. Returns true at once if nothing was submitted. */
bool pool_wait(struct pool *pool, uint64_t spin_ns, uint64_t timeout_ns);
