/*
 * crew.h - threads that take tasks of the caller's: workload_crew (../kernels/workload.h). Tasks
 * may have tasks of their own, which idle threads take.
 */
#ifndef SRC_CREW_H
#define SRC_CREW_H

#include "../../kernels/workload.h"

/* `threads` run tasks side by side: the caller's, and as many new ones as there is memory for.
 * NULL: no memory. */
const struct workload_crew *crew_start(uint32_t threads);

/* No task may be running. NULL is fine. */
void crew_stop(const struct workload_crew *crew);

#endif
