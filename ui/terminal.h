/*
 * terminal.h - the terminal taken over, and given back on every way out. Of all threads only the
 * one that starts it may call anything here.
 */
#ifndef UI_TERMINAL_H
#define UI_TERMINAL_H

#include "../kernels/lab.h"

#include <signal.h>

/* Blocks the signals that the loop takes from terminal_signals, for this thread and all that it
 * starts from now on. Call before any thread is started. */
void terminal_block_signals(void);

/* Starts curses and sends standard error to a file in memory. False: nothing was changed. */
bool terminal_start(struct error *error);

/* Restores the terminal, shows what went to standard error, and unblocks the signals: from now on
 * they do what they do without us. keep_frame: the last frame is written to the normal screen. A
 * terminal that was not started is fine. */
void terminal_end(bool keep_frame);

/* A signalfd: SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH. */
int terminal_signals(void);

/* The next signal that has come in, 0 if there is none. */
int terminal_next_signal(void);

/* Asks the terminal for reports of the mouse, or for none, until it is given back. Without them it
 * selects text, as it does anyway while Shift is held. */
void terminal_set_mouse(bool on);

/* Takes over the terminal's present size. */
void terminal_resize(void);

/* Gives the terminal back, stops the process, and takes the terminal again when it is resumed. */
void terminal_suspend(void);

/* Takes the terminal again, and draws all of it anew, after the process was stopped and resumed. */
void terminal_retake(void);

/* Replaces this process by a new one of the same program, which gets standard input, output and
 * error and no other file. Only after terminal_end. Returns only where it fails: *error. */
void terminal_start_again(char *const *argv, struct error *error);

/* Ends this process by `signal`, as if it had not been caught. */
void terminal_die_of(int signal);

#endif
