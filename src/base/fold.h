/*
 * fold.h - text wrapped at blanks, for help, lists and the report.
 */
#pragma once

#include <stdio.h>

#define FOLD_LINE_END 100 /* no line is longer, unless a single word is */

/* Prints `text` and a newline, with every line starting in column `indent`. `at` is the column
 * the caller has reached; if it is beyond the indent, the text starts on a new line. Unsafe
 * characters are replaced (text_make_visible). */
void fold_print(FILE *out, int at, int indent, const char *text);
