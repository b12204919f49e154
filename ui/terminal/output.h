/*
 * output.h - sends frames to the terminal, which may stop reading: Ctrl-S, a stuck ssh. The
 * program must still react to signals then, so no function here waits without a time limit.
 *
 * curses writes into a memory file (or a pipe), which never blocks; its content is sent when the
 * terminal accepts it. No new frame is drawn while one is pending, so at most one frame is
 * pending, and none is torn or lost: the next frame shows all later changes.
 *
 * O_NONBLOCK belongs to an open file, which the shell shares with pdlab. So pdlab opens the
 * terminal again, and the shell's open file stays unchanged however the program ends.
 */
#pragma once

#include "../../kernels/lab.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <termios.h>

/* Opens standard output's terminal, and the memory file. */
bool output_open(struct error *error);
void output_close(void);

/* The memory file, for curses. */
FILE *output_stream(void);

/* The terminal: poll it for POLLOUT while bytes are pending. -1: not opened. */
int output_descriptor(void);

/* Appends bytes to curses's output. */
void output_put(const char *text);

/* Bytes that the terminal has not accepted yet. */
size_t output_pending(void);

/* Sends as much as the terminal accepts without waiting. If the terminal is gone, drops everything.
 */
void output_send(void);

/* Drops pending bytes. */
void output_drop(void);

/* Stops output_send, because another thread has crashed: from now on only output_restore sends
 * anything. */
void output_stop(void);

/* Sends everything, but gives up at `deadline_ns` (clock_now). False: something is still pending.
 */
bool output_drain(uint64_t deadline_ns);

/* Sets the terminal's `settings` (NULL: leaves them), which also restarts output stopped by Ctrl-S,
 * and sends `bytes`. If the terminal does not accept the bytes, discards the driver's queue and
 * sends the bytes again. Waits at most half a second. Async-signal-safe. Does not need output_open,
 * because keeper.c uses it too. */
void output_restore(int terminal, const struct termios *settings, const char *bytes, size_t length);

bool output_same_settings(const struct termios *a, const struct termios *b);
