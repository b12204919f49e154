/*
 * explorer_copy.h - what can be copied to the terminal's clipboard: the verdict, the numbers, or
 * the command that measures the same again. The loop sends it (terminal_copy).
 */
#ifndef UI_EXPLORER_COPY_H
#define UI_EXPLORER_COPY_H

#include "explorer.h"

/* Copies the one thing that there is to copy, or lists them. */
void explorer_copy_open(struct explorer *explorer);

/* Chooses one by its name: "verdict", "numbers", "command". */
void explorer_copy_take(struct explorer *explorer, const char *what);

/* The text that the loop is to send; NULL: none. It is the explorer's. */
const char *explorer_copy_due(const struct explorer *explorer);

/* It was sent; or the terminal has no clipboard: the text is shown instead. */
void explorer_copy_done(struct explorer *explorer, bool sent);

/* Rows and columns of the frame around a text that is shown. */
struct rectangle explorer_copy_box(const struct explorer *explorer);

void explorer_copy_close(struct explorer *explorer);

#endif
