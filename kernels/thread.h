/*
 * thread.h - threads as the lab starts them: with a name, and leaving every signal to the main
 * thread but those that a fault of their own raises.
 */
#ifndef KERNELS_THREAD_H
#define KERNELS_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

/* Starts run(argument) on a thread called `name` (at most 15 characters are kept) with a stack of
 * stack_bytes; 0: the system's default, but 1 MiB at least. Returns 0, or an errno value and no
 * thread. */
int thread_start(pthread_t *thread, const char *name, size_t stack_bytes, void *(*run)(void *),
                 void *argument);

/* Blocks all signals but those of faults for the calling thread. *before: what was blocked. */
void thread_block_signals(sigset_t *before);

#endif
