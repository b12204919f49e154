/*
 * explorer_copy.h - what can be copied to the terminal's clipboard: the verdict, the numbers, or
 * the command that repeats the measurement. The main loop sends the text
 * (terminal_copy).
 */
#pragma once

#include "explorer.h"

/* Copies the text if there is only one, otherwise opens a list of the texts. */
void explorer_copy_open(struct explorer *explorer);

/* Copies the text with this name: "verdict", "numbers" or "command". */
void explorer_copy_take(struct explorer *explorer, const char *what);

/* The text that the main loop must send, owned by the explorer; NULL: none. */
const char *explorer_copy_due(const struct explorer *explorer);

/* Tells the user that the text was sent. If the terminal has no clipboard (`sent` is false), shows
 * the text instead. */
void explorer_copy_done(struct explorer *explorer, bool sent);

/* The box in which the text is shown. */
struct rectangle explorer_copy_box(const struct explorer *explorer);

void explorer_copy_close(struct explorer *explorer);
