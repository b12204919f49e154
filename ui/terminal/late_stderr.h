/*
 * late_stderr.h - what others print to standard error while the screen is up, such as a driver. It
 * goes to a file in memory, and is shown when the terminal is given back.
 */
#ifndef UI_LATE_STDERR_H
#define UI_LATE_STDERR_H

/* Sends standard error to the file in memory. If that can't be had, what others print spoils the
 * screen: no reason not to start. */
void late_stderr_open(void);

/* Shows what came, and sends standard error where it went before. Gives up if nobody reads it for a
 * while. Makes only calls that a signal handler may make. */
void late_stderr_show(void);

#endif
