/*
 * text.h - formats numbers and names for people.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- letters --------------------------------------------------------------------------------
 *
 * ASCII only, whatever the locale. ctype.h and strings.h follow LC_CTYPE, and in Turkish the
 * capital of i is not I; tests/lint.sh bans them. The C library reads and writes numbers,
 * because nothing sets LC_NUMERIC. */

char text_lower(char letter);
char text_upper(char letter);
bool text_is_letter(char letter);

/* Whether two words are equal, ignoring case. */
bool text_same(const char *a, const char *b);

/* Returns where `part` occurs in `text`, ignoring case; NULL if it does not. */
const char *text_find(const char *text, const char *part);

/* ---- numbers and words ---------------------------------------------------------------------- */

/* Writes a duration with three significant digits and its unit: "0 ns", "87 ns", "9.13 us". */
const char *text_duration(char *text, size_t size, double ns);

/* Writes an integer in groups of three digits: "65,536". */
const char *text_integer(char *text, size_t size, int64_t value);

/* Writes a rate with three significant digits: "1.23 M". The caller appends the unit. */
const char *text_rate(char *text, size_t size, double value);

/* Writes a bandwidth in GB/s with up to three significant digits, or all digits from 1,000 on:
 * "2.93", "101", "2,934". */
const char *text_bandwidth(char *text, size_t size, double gb_per_s);

/* Writes a share as a percentage with up to two decimals: "54 %", "5.4 %", "0.06 %". */
const char *text_share(char *text, size_t size, double share);

/* Writes a remaining time: "about 12 s left", "about 3 h 20 min left". If `seconds` is negative:
 * "time left not known yet". */
const char *text_time_left(char *text, size_t size, double seconds);

/* Writes a number of bytes with three significant digits: "12.5 GiB". */
const char *text_bytes(char *text, size_t size, double bytes);

/* Returns the word of `words` (NULL-ended) nearest to `word` by edit distance. NULL: every distance
 * exceeds a third of the length of `word`. */
const char *text_nearest(const char *word, const char *const *words);

/* Whether a line may break at text[at]: at a blank, but not between a number and its unit, nor
 * between a spinner (one of |/-\) and its time. */
bool text_may_break(const char *text, size_t at);

/* Appends to `text`, a buffer of `size` bytes; truncates. */
void text_append(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes 'word' in single quotes, truncated. '?' replaces everything but printable ASCII, because a
 * word from a file or an argument must not reach a terminal unchanged. size: at least 8. */
const char *text_quote(char *text, size_t size, const char *word);

/* Decodes the first character of `text`. Returns its length in bytes; 0 for invalid UTF-8. */
size_t text_decode(const char *text, uint32_t *character);

/* Returns the length in bytes of the first character of `text`; 1 for a byte of invalid UTF-8. */
size_t text_length(const char *text);

/* Returns the length in bytes of the first character of `text`; 0 for a control character or
 * invalid UTF-8. */
size_t text_printable_length(const char *text);

/* Whether `text` is UTF-8 without control characters, as document strings are. */
bool text_printable(const char *text);

/* Returns the length in bytes of the first character of `text` if it is safe for a terminal. 0 for
 * a control character, invalid UTF-8, an invisible character, a line separator or a direction
 * override. */
size_t text_visible_length(const char *text);

/* Replaces each unsafe character, and each byte of invalid UTF-8, by '?'. Returns `text`. File
 * names, device names, arguments and document strings pass through this function, or through
 * streams.h, before a terminal gets them. */
char *text_make_visible(char *text);

/* Writes `word` made visible. If it is too long, keeps its beginning and end with "..." between
 * them. size: at least 8. */
const char *text_visible(char *text, size_t size, const char *word);

#define TEXT_LONGEST_WORD 127u /* words longer than this count as entirely different */

/* Returns the number of edits (insert, delete, replace, swap) that turn a into b, ignoring case. */
size_t text_distance(const char *a, const char *b);

/* Whether the terminal is a Linux console. Its font has 256 or 512 characters, without eighth
 * blocks and check mark. */
bool text_console(void);
