/*
 * loss_log.h - losses.log: an entry for each variant that took its device down. It lives beside
 * explorer.json (state.h), newest entry last; past 1 MiB it becomes losses.log.1 and begins anew.
 */
#ifndef SRC_LOSS_LOG_H
#define SRC_LOSS_LOG_H

#include "../../kernels/lab.h"

#include <limits.h>

/* Where it is. False: *error says why there is no place for it. */
bool loss_log_path(char path[PATH_MAX], struct error *error);

/* Appends an account (loss.h), under the time, the process and this build. False: *error. */
bool loss_log(const char *account, struct error *error);

#endif
