/*
 * input.h - what comes from the terminal: bytes are read here, decoder.h makes presses of them.
 * Asks the terminal for reports of the mouse and for brackets around a paste. Only for the thread
 * that started the terminal (terminal.h).
 */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include "keys.h"

#include <termios.h>

/* What turns all of it off, whatever was on: for when the terminal is given back. */
#define INPUT_OFF "\033[?2004l\033[?1006l\033[?1000l"

/* Learns the terminal's keys, and which of them its settings as they were interrupt or stop a
 * process. After curses was started. */
void input_open(const struct termios *saved);

/* Whether INPUT_OFF means something to the terminal: it takes control sequences. */
bool input_takes_modes(void);

/* Asks for brackets around a paste and, where there is one and `mouse` is set, for reports of the
 * mouse: in the SGR form, which has no limit of columns; terminals that lack it send the old one.
 */
void input_ask(bool mouse);

/* Asks for nothing any more, and drops what has come in part. */
void input_release(void);

/* The next press (keys.h), 0 if there is none in what has come in, of which it reads a few hundred
 * bytes at most, -1 if the terminal is gone. After PRESS_POINTER, *pointer says what the mouse did;
 * after PRESS_PASTE, *paste is the text, until the next call: its first line, without control
 * characters. */
int input_next(struct pointer *pointer, const char **paste);

/* Milliseconds until input_next has something to say although nothing comes; -1: it has nothing. */
int input_wait_ms(void);

#endif
