/*
 * late_stderr.h - captures standard error, for example a driver's, while the screen is up. Keeps
 * it in a memory file and shows it when the terminal is given back.
 */
#pragma once

/* Redirects standard error to the memory file. If that fails, such output spoils the screen, but
 * pdlab continues. */
void late_stderr_open(void);

/* Restores standard error, and writes the captured text to it. Gives up after a while if nobody
 * reads. Async-signal-safe. */
void late_stderr_show(void);
