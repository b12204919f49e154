/*
 * output_file.h - writes a variant's whole output as a safetensors file, for other programs to
 * compare: one F32 tensor per part, [rows][columns], with the part's name ("sequence 3"). The
 * metadata names the variant, the workload, and the knobs that define the output.
 */
#pragma once

#include "../../kernels/workload.h"

/* Writes the output of a prepared variant after an iteration, when nothing runs (lab.h). `used`:
 * its resolved knobs. Holds the whole output in memory. False: *error. */
bool output_file_write(const char *path, const struct variant *variant, const void *state,
                       const struct knobs *used, struct error *error);
