/*
 * loss_log.h - writes losses.log: one entry for each variant that took its device down, newest
 * last. The file is in the same folder as explorer.json (state.h). Above 1 MiB, it is renamed to
 * losses.log.1, and a new file begins.
 */
#pragma once

#include "../../kernels/lab.h"

#include <limits.h>

/* Writes the path of the log. Returns false if there is no folder for it; *error says why. */
bool loss_log_path(char path[PATH_MAX], struct error *error);

/* Appends a report (loss.h), with the time, the process and this build. On failure, returns false
 * and sets *error. */
bool loss_log(const char *account, struct error *error);
