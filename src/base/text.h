/*
 * text.h - numbers and names as people read them.
 */
#ifndef SRC_TEXT_H
#define SRC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- letters --------------------------------------------------------------------------------
 *
 * Of ASCII, whatever the locale: what ctype.h and strings.h have changes with LC_CTYPE, and in
 * Turkish the capital of i is no I. tests/lint.sh keeps them out. Numbers are read and written by
 * the C library: nothing sets LC_NUMERIC. */

char text_lower(char letter);
char text_upper(char letter);
bool text_is_letter(char letter);

/* Whether two words differ in case at most. */
bool text_same(const char *a, const char *b);

/* Where `part` is in `text`, in any case; NULL if it is not. */
const char *text_find(const char *text, const char *part);

/* ---- numbers and words ---------------------------------------------------------------------- */

/* A duration in three significant digits with its unit: "0 ns", "87 ns", "9.13 us", "1.50 s". */
const char *text_duration(char *text, size_t size, double ns);

/* An integer in groups of three: "65,536". */
const char *text_integer(char *text, size_t size, int64_t value);

/* A rate in three significant digits: "1.23 M" (then the caller's unit). */
const char *text_rate(char *text, size_t size, double value);

/* Writes a bandwidth in GB/s, three digits of it at least: "2.93", "101", "2,934". */
const char *text_bandwidth(char *text, size_t size, double gb_per_s);

/* A share as a percentage: "54 %", "5.4 %", "0.06 %": a small one does not round to none. */
const char *text_share(char *text, size_t size, double share);

/* What is left of a wait, for people: "about 12 s left", "about 3 h 20 min left". Negative: "time
 * left not known yet". */
const char *text_time_left(char *text, size_t size, double seconds);

/* "2 of 8 GiB"-style bytes in three digits: "12.5 GiB". */
const char *text_bytes(char *text, size_t size, double bytes);

/* The word of `words` (NULL-ended) nearest to `word` by edits, NULL where none is near enough to be
 * meant (more than a third of its letters differ). */
const char *text_nearest(const char *word, const char *const *words);

/* Whether a line may end at text[at]: at a blank, but not between a number and its unit, nor
 * between a spinner and the time that it shows. */
bool text_may_break(const char *text, size_t at);

/* Appends to text of `size`; what does not fit is left out. */
void text_append(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes 'word' in single quotes, as far as it fits, with '?' for what is not printable ASCII: what
 * came from a file or an argument must not reach a terminal as it is. size: at least 8. */
const char *text_quote(char *text, size_t size, const char *word);

/* Decodes the character that begins `text`. Returns its bytes; 0 if it is broken UTF-8. */
size_t text_decode(const char *text, uint32_t *character);

/* Bytes of the character that begins `text`; 1 for a byte of broken UTF-8. */
size_t text_length(const char *text);

/* Bytes of the character that begins `text`; 0 if it is a control character or broken UTF-8. */
size_t text_printable_length(const char *text);

/* Whether `text` is UTF-8 without control characters, as strings of documents are. */
bool text_printable(const char *text);

/* Bytes of the character that begins `text` if a terminal may get it as it is. 0 if it is a control
 * character, broken UTF-8, invisible, a separator of lines, or an override of the writing
 * direction. */
size_t text_visible_length(const char *text);

/* Replaces each character that is not visible by '?', and each byte of broken UTF-8. Returns
 * `text`. Names of files and devices, arguments and strings of documents pass through this, or
 * through streams.h, on their way to a terminal. */
char *text_make_visible(char *text);

/* Writes `word` so; of one that does not fit, the beginning and the end with "..." between them.
 * size: at least 8. */
const char *text_visible(char *text, size_t size, const char *word);

#define TEXT_LONGEST_WORD 127u /* longer ones count as wholly different */

/* Edits (insert, delete, replace, swap) that turn a into b, ignoring case. */
size_t text_distance(const char *a, const char *b);

/* Whether the terminal is a Linux console. Its font has 256 or 512 characters: no eighth blocks and
 * no check mark. */
bool text_console(void);

#endif
