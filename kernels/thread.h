/*
 * thread.h - starts threads the way the lab needs them: named, and blocking every signal except
 * those that the thread's own faults raise. The main thread handles the rest.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

/* Starts run(argument) on a thread called `name` (truncated to 15 characters) with a stack of
 * stack_bytes; 0: the system's default, but at least 1 MiB. Returns 0, or an errno value and starts
 * no thread. */
int thread_start(pthread_t *thread, const char *name, size_t stack_bytes, void *(*run)(void *),
                 void *argument);

/* Blocks all signals except those of faults for the calling thread. *before: the previous mask. */
void thread_block_signals(sigset_t *before);
