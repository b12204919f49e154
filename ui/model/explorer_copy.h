/*
 * explorer_copy.h - what can be copied to the terminal's clipboard: the verdict, the numbers, or
 * the command that repeats the measurement. The loop sends it (terminal_copy).
 */
#pragma once

#include "explorer.h"

/* Copies the only text there is, or opens a list of all. */
void explorer_copy_open(struct explorer *explorer);

/* Copies one by name: "verdict", "numbers", "command". */
void explorer_copy_take(struct explorer *explorer, const char *what);

/* The text that the loop is to send, owned by the explorer; NULL: none. */
const char *explorer_copy_due(const struct explorer *explorer);

/* Reports that the text was sent, or that the terminal has no clipboard: the text is shown instead.
 */
void explorer_copy_done(struct explorer *explorer, bool sent);

/* Rows and columns of the box around a displayed text. */
struct rectangle explorer_copy_box(const struct explorer *explorer);

void explorer_copy_close(struct explorer *explorer);
