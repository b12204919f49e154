/*
 * terminal.h - the terminal taken over, and given back on every way out. Of all threads only the
 * one that starts it may call anything here.
 */
#ifndef UI_TERMINAL_H
#define UI_TERMINAL_H

#include "../../kernels/lab.h"

/* Starts curses, which writes to output.h, and sends standard error to a file in memory. Signals
 * are open (signals.h). In the background it stops, like any program that sets a terminal. False:
 * nothing was changed. */
bool terminal_start(struct error *error);

/* Restores the terminal, writes `report` and shows what went to standard error. keep_frame: the
 * last frame is written before that. A terminal that does not read delays all this by a second at
 * most; what it then has not taken is lost. A terminal that was not started is fine. */
void terminal_end(bool keep_frame, const char *report);

/* Asks the terminal for reports of the mouse, or for none, until it is given back. Without them it
 * selects text, as it does anyway while Shift is held. */
void terminal_set_mouse(bool on);

/* Asks the terminal to put the text on its clipboard (OSC 52), with the next frame. False: it is
 * one that cannot, and nothing is sent. One that could may refuse, which nobody is told. */
bool terminal_copy(const char *text);

/* Takes over the terminal's present size. If it does not say one, LINES and COLUMNS do, or its
 * terminfo entry. */
void terminal_resize(void);

/* Gives the terminal back, stops the process by the signal, and takes the terminal again when the
 * process is resumed in the foreground; or returns without it when a signal ends the process. */
void terminal_suspend(int signal_number);

/* Takes the terminal again, and draws all of it anew, after the process was stopped and resumed. */
void terminal_retake(void);

/* Replaces this process by a new one of the same program, which gets standard input, output and
 * error and no other file. Only after terminal_end. Returns only where it fails: *error. */
void terminal_start_again(char *const *argv, struct error *error);

#endif
