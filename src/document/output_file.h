/*
 * output_file.h - writes a variant's whole output as a safetensors file, so that other programs can
 * check it. Each part of the output is an F32 tensor [rows][columns] with the part's name, such as
 * "sequence 3". The metadata names the variant, the workload, and the knobs that define the output.
 */
#pragma once

#include "../../kernels/workload.h"

/* Writes the output of a prepared variant. Call it after an iteration, while nothing runs (lab.h).
 * `used` are the variant's resolved knobs. Needs memory for the whole output. On failure, returns
 * false and sets *error. */
bool output_file_write(const char *path, const struct variant *variant, const void *state,
                       const struct knobs *used, struct error *error);
