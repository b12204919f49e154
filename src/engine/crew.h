/*
 * crew.h - a thread pool that runs the caller's tasks: workload_crew (../kernels/workload.h).
 * Tasks may start nested tasks, which idle threads take.
 */
#pragma once

#include "../../kernels/workload.h"

/* Starts a pool of `threads` threads, including the caller's; of fewer if a thread cannot be
 * started. NULL: out of memory. */
const struct workload_crew *crew_start(uint32_t threads);

/* Ends the threads and frees the pool. No task may be running. NULL is allowed. */
void crew_stop(const struct workload_crew *crew);
