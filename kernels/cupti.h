/*
 * cupti.h - CUPTI, NVIDIA's tracing library, loaded at run time. A machine without it loses only
 * the kernels in trace.json.
 */
#pragma once

/* Loads the library without calling into it; release it with dlclose. NULL: not found. */
void *cupti_load(void);
