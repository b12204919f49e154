/*
 * late_stderr.h - captures standard error, for example a driver's, while the screen is up. Keeps
 * that output in a memory file, and shows it when pdlab gives the terminal back.
 */
#pragma once

/* Redirects standard error to the memory file. If that fails, pdlab continues, although output to
 * standard error then spoils the screen. */
void late_stderr_open(void);

/* Restores standard error, and writes the captured text to it. Gives up after a while if nobody
 * reads. Async-signal-safe. */
void late_stderr_show(void);
