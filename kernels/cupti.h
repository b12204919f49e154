/*
 * cupti.h - CUPTI, NVIDIA's library of tracing, loaded at run time: a machine without it loses the
 * kernels in trace.json, and nothing else.
 */
#ifndef KERNELS_CUPTI_H
#define KERNELS_CUPTI_H

/* Loads the library; dlclose lets go of it. NULL: it is nowhere. Calls nothing of it. */
void *cupti_load(void);

#endif
