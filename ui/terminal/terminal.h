/*
 * terminal.h - takes over the terminal, and gives it back on every way out. Only the thread that
 * starts it may call these functions.
 */
#pragma once

#include "../../kernels/lab.h"

/* Starts curses, which writes to output.h, and redirects standard error to a memory file. Call
 * signals_open first. A background process stops here, like any program that changes a terminal.
 * False: nothing was changed. */
bool terminal_start(struct error *error);

/* Restores the terminal, writes `report` and shows the captured standard error. keep_frame: first
 * writes the last frame. A terminal that does not read delays this by at most a second; the rest is
 * then lost. Does nothing if the terminal was not started. */
void terminal_end(bool keep_frame, const char *report);

/* Turns mouse reports on or off, until the terminal is given back. Without them the mouse
 * selects text, as it always does with Shift held. */
void terminal_set_mouse(bool on);

/* Asks the terminal to copy the text to its clipboard (OSC 52), with the next frame. False: the
 * terminal lacks support, and nothing is sent. A terminal with support may still refuse, without
 * any reply. */
bool terminal_copy(const char *text);

/* Reads the terminal's current size. If the terminal reports none, uses LINES and COLUMNS, or the
 * terminfo entry. */
void terminal_resize(void);

/* Gives the terminal back, stops the process by the signal, and takes the terminal again when the
 * process is resumed in the foreground; returns without the terminal if a signal ends the process.
 */
void terminal_suspend(int signal_number);

/* Takes the terminal again, and redraws everything, after the process was stopped and resumed. */
void terminal_retake(void);

/* Replaces this process by a new one of the same program, which inherits standard input, output
 * and error and no other file. Call it only after terminal_end. Returns only on failure: *error. */
void terminal_start_again(char *const *argv, struct error *error);
