/*
 * pool.h - threads that wait to be given work: a launch on the CPU.
 *
 * The threads are made once. Each submission wakes all of them, and each runs body(argument,
 * program) once, with its own number as the program. They are named pdlab-cpu-N, and leave every
 * signal but those of their own faults to the main thread.
 */
#ifndef KERNELS_CPU_POOL_H
#define KERNELS_CPU_POOL_H

#include "../lab.h"

typedef void pool_body(void *argument, uint32_t program);

struct pool;

/* Starts `threads` threads, which spin at most spin_ns for a submission before they sleep. NULL:
 * *error says why, and nothing is held. */
struct pool *pool_create(uint32_t threads, uint64_t spin_ns, struct error *error);

/* Ends the threads. What was submitted must be over. NULL is fine. */
void pool_destroy(struct pool *pool);

/* Gives work to all threads. What was submitted before must be over. Only who made the pool may. */
void pool_submit(struct pool *pool, pool_body *body, void *argument);

/* Waits until all threads have run the body: spins at most spin_ns, then sleeps. False: not before
 * timeout_ns. True straight away where nothing was submitted. */
bool pool_wait(struct pool *pool, uint64_t spin_ns, uint64_t timeout_ns);

#endif
