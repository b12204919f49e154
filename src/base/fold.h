/*
 * fold.h - text folded at blanks, for help, lists and the report.
 */
#ifndef SRC_FOLD_H
#define SRC_FOLD_H

#include <stdio.h>

#define FOLD_LINE_END 100 /* no line is longer, but for a word that is */

/* Prints `text` and a newline, every line from column `indent` on. `at` is the column that the
 * caller's own text has reached; where that is past the indent, the text begins a line of its own.
 * What a terminal may not get is replaced (text_make_visible). */
void fold_print(FILE *out, int at, int indent, const char *text);

#endif
