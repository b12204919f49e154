/*
 * output.h - frames on their way to the terminal, which may stop reading: Ctrl-S, a stuck ssh. A
 * terminal that does not read must not make the program deaf to signals, so nothing here waits
 * unless it is given a time.
 *
 * curses writes into a file in memory (or a pipe), which never blocks. What it wrote is sent when
 * the terminal takes it. No new frame is drawn while one is pending, so at most one frame is
 * pending and frames are never torn or lost: what changes meanwhile is in the next one.
 *
 * O_NONBLOCK belongs to an open file, which the shell shares with us. The terminal is therefore
 * opened anew, and the shell's open file stays as it is however the program ends.
 */
#ifndef UI_OUTPUT_H
#define UI_OUTPUT_H

#include "../../kernels/lab.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <termios.h>

/* Opens the terminal that is standard output, and the file in memory. */
bool output_open(struct error *error);
void output_close(void);

/* The file in memory, for curses. */
FILE *output_stream(void);

/* The terminal: poll it for POLLOUT while something is pending. -1: not opened. */
int output_descriptor(void);

/* Adds bytes after what curses wrote. */
void output_put(const char *text);

/* Bytes that the terminal has not taken yet. */
size_t output_pending(void);

/* Sends as much as the terminal takes without waiting. If it is gone, drops everything. */
void output_send(void);

/* Forgets what is pending. */
void output_drop(void);

/* From now on nothing is sent but by output_restore: another thread has crashed. */
void output_stop(void);

/* Sends everything, until `deadline_ns` (clock_now). False: something is still pending. */
bool output_drain(uint64_t deadline_ns);

/* Makes `settings` the terminal's (NULL: leaves them), which also restarts output that Ctrl-S has
 * stopped, and sends `bytes`. If the terminal does not take them, first throws away what its driver
 * holds. Waits half a second at most. Makes only calls that a signal handler may make, and needs
 * nothing of this module to be open: keeper.c uses it too. */
void output_restore(int terminal, const struct termios *settings, const char *bytes, size_t length);

bool output_same_settings(const struct termios *a, const struct termios *b);

#endif
