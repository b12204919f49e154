/*
 * nsight.h - NVIDIA's Nsight Systems and Nsight Compute, if they are on PATH. pdlab runs itself
 * under a tool, for one variant, and limits the tool to iterations after the warm-up.
 */
#pragma once

#include "../engine/run.h"
#include "options.h"

#include <signal.h>

/* The environment variable that marks a process under a tool. Its value is the name of the tool. */
#define NSIGHT_VARIABLE "PDLAB_UNDER"

#define NSIGHT_LIMIT_NS UINT64_C(180000000000) /* time limit of a tool for one variant */
#define NSIGHT_MOST     20                     /* iterations profiled by Nsight Systems, at most */

enum nsight_tool { NSIGHT_SYSTEMS, NSIGHT_COMPUTE, NSIGHT_TOOLS };

/* Returns "nsys" or "ncu", the program to find on PATH. */
const char *nsight_name(enum nsight_tool tool);

/* One variant under one tool. */
struct nsight_order {
    enum nsight_tool tool;
    const struct run *run; /* the measured run, whose variant and knobs run again */
    const char *device;    /* "cuda:0" */
    const char *program;   /* path of pdlab */
    const char *folder;    /* folder of the report: <folder>/nsys.nsys-rep or ncu.ncu-rep */
    uint64_t limit_ns;
    const volatile sig_atomic_t *interrupted; /* not 0: end the tool; NULL: never */
};

/* Returns why the tool cannot profile this run; NULL if it can. Nsight Compute replays a kernel
 * many times while the host is blocked, so a kernel that waits for the host never ends. */
const char *nsight_refuses(enum nsight_tool tool, const struct run *run);

/* Runs the tool to its end. False: *error says that the tool is missing, failed, wrote no report,
 * or exceeded its time limit. */
bool nsight_run(const struct nsight_order *order, struct error *error);

/* In a process under a tool (NSIGHT_VARIABLE): warms up the one variant that the options name,
 * then profiles it. Returns the exit status. */
int nsight_inside(const struct options *options);
