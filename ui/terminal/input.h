/*
 * input.h - input from the terminal: reads bytes, which decoder.h decodes to presses. Enables
 * mouse reports and bracketed paste. Only for the thread that started the terminal (terminal.h).
 */
#pragma once

#include "keys.h"

#include <termios.h>

/* Turns off all modes that input_ask may have turned on. Sent when pdlab gives the terminal back.
 */
#define INPUT_OFF "\033[?2004l\033[?1006l\033[?1000l"

/* Learns the terminal's keys, and the keys that its original settings use to interrupt or stop a
 * process. Call it after curses was started. */
void input_open(const struct termios *saved);

/* Whether the terminal supports control sequences, and so understands INPUT_OFF. */
bool input_takes_modes(void);

/* Enables bracketed paste and, if `mouse` is set and the terminal has one, mouse reports: in the
 * SGR form, which has no column limit; older terminals send the old form. */
void input_ask(bool mouse);

/* Disables bracketed paste and mouse reports, and drops a partial sequence. */
void input_release(void);

/* The next press (keys.h); 0 if the available input contains none, after reading at most a few
 * hundred bytes; -1 if the terminal is gone. After PRESS_POINTER, *pointer is the mouse event;
 * after PRESS_PASTE, *paste is the first line of the text, without control characters, until the
 * next call. */
int input_next(struct pointer *pointer, const char **paste);

/* Milliseconds until input_next may return a press although no byte arrives; -1: never. */
int input_wait_ms(void);
