/*
 * pool.h - a thread pool: a launch on the CPU.
 *
 * The threads are created once. Each submission wakes all threads, and each thread runs
 * body(argument, program) once, where `program` is the thread's number. The threads are named
 * pdlab-cpu-N. They leave every signal to the main thread, except signals of their own faults.
 */
#pragma once

#include "../lab.h"

typedef void pool_body(void *argument, uint32_t program);

struct pool;

/* Starts `threads` threads, which spin at most spin_ns for a submission before they sleep. NULL:
 * *error says why. */
struct pool *pool_create(uint32_t threads, uint64_t spin_ns, struct error *error);

/* Ends the threads. All submissions must be over. NULL is allowed. */
void pool_destroy(struct pool *pool);

/* Runs `body` on all threads. The previous submission must have ended. Only the thread that created
 * the pool may call this. */
void pool_submit(struct pool *pool, pool_body *body, void *argument);

/* Waits until all threads have run the body: spins at most spin_ns, then sleeps. False: timeout_ns
 * passed first. Returns true at once if nothing was submitted. */
bool pool_wait(struct pool *pool, uint64_t spin_ns, uint64_t timeout_ns);
