/*
 * outputs.h - the files that a command is asked to write, looked at before it measures anything.
 */
#ifndef SRC_OUTPUTS_H
#define SRC_OUTPUTS_H

#include "../../kernels/lab.h"

enum output_use {
    OUTPUT_WRITTEN, /* a file, by file_write */
    OUTPUT_FOLDER,  /* files of other names go below it */
    OUTPUT_OWNED,   /* a folder that the command keeps for itself: no other goes into it */
    OUTPUT_READ,    /* a file that the command reads: none of the others may replace it */
};

struct output {
    enum output_use use;
    const char *name; /* what the user calls it: "--json" */
    const char *path; /* NULL: not asked for; "-": standard output */
};

/* Refuses an output that can't be written (ERROR_RUN), and one file in two places (ERROR_INPUT): as
 * two outputs, as an output and an input, or as either and the file behind standard output or
 * standard error. Devices, FIFOs and /dev/stdout may be named more than once. */
bool outputs_check(const struct output *outputs, size_t count, struct error *error);

#endif
