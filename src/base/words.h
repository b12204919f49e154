/*
 * words.h - finds a word in a list, and writes a list into a sentence. A list is an array that ends
 * in NULL.
 */
#pragma once

#include <stddef.h>

/* Returns the index of `word` in the list; -1 if it is not listed. */
int words_find(const char *const *words, const char *word);

/* Like words_find, ignoring case. */
int words_find_any_case(const char *const *words, const char *word);

/* Returns the value of a switch: 1 for "on", "1" and "true", 0 for "off", "0" and "false", ignoring
 * case; -1 for any other word. */
int words_find_switch(const char *word);

/* Writes the words as "a, b or c", where `last` is "or". Truncates. Returns `text`. */
const char *words_list(char *text, size_t size, const char *const *words, const char *last);

/* Like words_list, with each word in JSON's double quotes: "\"a\", \"b\" or \"c\"". */
const char *words_list_quoted(char *text, size_t size, const char *const *words, const char *last);

/* Writes as many leading parts of `text` as fit into `columns`; "; " separates the parts. If not
 * even the first part fits, shortens its middle and puts `sign` there. Returns `out`. */
const char *words_fit(char *out, size_t size, const char *text, int columns, const char *sign);

/* Appends an item to a list, preceded by ", " unless it is the first. Omits an item that does not
 * fit whole. */
void words_add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
