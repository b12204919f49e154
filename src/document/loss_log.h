/*
 * loss_log.h - losses.log: one entry for each variant that took its device down. It is beside
 * explorer.json (state.h), newest entry last; past 1 MiB it is renamed to losses.log.1 and
 * starts empty.
 */
#pragma once

#include "../../kernels/lab.h"

#include <limits.h>

/* The path of the log. False: *error says why there is no folder for it. */
bool loss_log_path(char path[PATH_MAX], struct error *error);

/* Appends a report (loss.h) with the time, the process and this build. False: *error. */
bool loss_log(const char *account, struct error *error);
