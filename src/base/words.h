/*
 * words.h - lists of words: finding one, and naming them in a sentence.
 *
 * A list is an array that ends in NULL.
 */
#ifndef SRC_WORDS_H
#define SRC_WORDS_H

#include <stddef.h>

/* The index of `word` in the list; -1 if it is not there. */
int words_find(const char *const *words, const char *word);

/* The same, in any case. */
int words_find_any_case(const char *const *words, const char *word);

/* What a switch is set to: 1 for "on", "1" and "true", 0 for "off", "0" and "false", in any case;
 * -1 for any other word. */
int words_find_switch(const char *word);

/* Writes "a, b or c" if `last` is "or". What does not fit is left out. Returns `text`. */
const char *words_list(char *text, size_t size, const char *const *words, const char *last);

/* The same with each word in double quotes, as JSON has them: "\"a\", \"b\" or \"c\"". */
const char *words_list_quoted(char *text, size_t size, const char *const *words, const char *last);

/* Writes the parts of a text, which "; " separates, as far as they fit whole into `columns`; the
 * first one, if it is longer, without its middle. `sign` stands for what is left out. Returns
 * `out`. */
const char *words_fit(char *out, size_t size, const char *text, int columns, const char *sign);

/* Appends an item, with ", " before it unless it is the first. One that does not fit whole is left
 * out. */
void words_add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
