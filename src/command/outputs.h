/*
 * outputs.h - checks a command's output files before it measures anything.
 */
#pragma once

#include "../../kernels/lab.h"

enum output_use {
    OUTPUT_WRITTEN, /* a file, by file_write */
    OUTPUT_FOLDER,  /* contains output files with other names */
    OUTPUT_OWNED,   /* a folder that only the command writes to: no other output may be inside */
    OUTPUT_READ,    /* an input file: no output may replace it */
};

struct output {
    enum output_use use;
    const char *name; /* what a message calls it: "--json"; OUTPUT_OWNED: "contains the points" */
    const char *path; /* NULL: not given; "-": standard output */
};

/* Refuses an output that cannot be written (ERROR_RUN), and a file that is given twice
 * (ERROR_INPUT): as two outputs, or as an output and an input. The files behind standard output and
 * standard error count as outputs. Devices, FIFOs and /dev/stdout may be given more than once. */
bool outputs_check(const struct output *outputs, size_t count, struct error *error);
