/*
 * words.h - lists of words: finding a word, and listing the words in a sentence. A list is an
 * array that ends in NULL.
 */
#pragma once

#include <stddef.h>

/* The index of `word` in the list; -1 if it is not listed. */
int words_find(const char *const *words, const char *word);

/* The same, ignoring case. */
int words_find_any_case(const char *const *words, const char *word);

/* The value of a switch: 1 for "on", "1" and "true", 0 for "off", "0" and "false", ignoring
 * case; -1 for any other word. */
int words_find_switch(const char *word);

/* Writes "a, b or c" if `last` is "or", truncated. Returns `text`. */
const char *words_list(char *text, size_t size, const char *const *words, const char *last);

/* The same with each word in JSON's double quotes: "\"a\", \"b\" or \"c\"". */
const char *words_list_quoted(char *text, size_t size, const char *const *words, const char *last);

/* Writes as many whole parts of a text, separated by "; ", as fit into `columns`; shortens the
 * first in its middle if it is too long. `sign` marks omissions. Returns `out`. */
const char *words_fit(char *out, size_t size, const char *text, int columns, const char *sign);

/* Appends an item, preceded by ", " unless it is the first. Omits an item that does not fit
 * whole. */
void words_add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
