/*
 * nsight.h - NVIDIA's Nsight Systems and Nsight Compute, where they are on PATH: the program starts
 * itself again under the tool, for one variant, and tells it to look at measured iterations alone.
 */
#ifndef SRC_NSIGHT_H
#define SRC_NSIGHT_H

#include "../engine/run.h"
#include "options.h"

#include <signal.h>

/* Set in the environment of a process that runs under a tool, to the tool's name. */
#define NSIGHT_VARIABLE "PDLAB_UNDER"

#define NSIGHT_LIMIT_NS  UINT64_C(180000000000) /* that a tool gets for one variant */
#define NSIGHT_ARGUMENTS 192u                   /* of such a command line, at most */
#define NSIGHT_TEXT      16384u
#define NSIGHT_MOST      20 /* iterations that Nsight Systems looks at */

enum nsight_tool { NSIGHT_SYSTEMS, NSIGHT_COMPUTE, NSIGHT_TOOLS };

/* "nsys", "ncu": what is looked for on PATH. */
const char *nsight_name(enum nsight_tool tool);

/* One variant under one tool. */
struct nsight_order {
    enum nsight_tool tool;
    const struct run *run; /* as it was measured: its variant and knobs are run again */
    const char *device;    /* "cuda:0" */
    const char *program;   /* path of pdlab */
    const char *folder;    /* where the report goes: <folder>/nsys.nsys-rep or ncu.ncu-rep */
    uint64_t limit_ns;
    const volatile sig_atomic_t *interrupted; /* not 0: end it; or NULL */
};

/* Why the tool can't look at this run; NULL if it can. Nsight Compute runs a kernel many times with
 * the host standing by: none that waits for the host ever ends. */
const char *nsight_refuses(enum nsight_tool tool, const struct run *run);

/* A command line: its words, NULL-ended, and their letters. */
struct nsight_command {
    const char *arguments[NSIGHT_ARGUMENTS];
    size_t count, length;
    char text[NSIGHT_TEXT];
};

/* Fills *command. False: there is no room. */
bool nsight_command_of(const struct nsight_order *order, const char *tool_path,
                       struct nsight_command *command);

/* Runs it to its end. False: *error says that the tool is not there, failed, wrote no report, or
 * was ended because its time was up. */
bool nsight_run(const struct nsight_order *order, struct error *error);

/* In a process that runs under a tool (NSIGHT_VARIABLE): the one variant that the options name,
 * warmed up unseen, then looked at. Returns the exit status. */
int nsight_inside(const struct options *options);

#endif
