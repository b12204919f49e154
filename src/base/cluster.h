/*
 * cluster.h - grapheme clusters: what people see as one character, such as a letter with its
 * marks, a Hangul syllable, a flag, or a joined emoji. Text is cut only between clusters.
 *
 * The rules are those of UAX #29 (Unicode Text Segmentation), as far as the C library knows the
 * properties of characters. The width of a cluster is the sum of wcwidth over its printed
 * characters, as in ncurses and most terminals. Terminals disagree about joined emoji: some draw
 * one in two columns, others draw each part; a variation selector or a skin tone changes the width
 * in some. So pdlab does not print joiners, selectors and skin tones: a family emoji appears as its
 * members side by side. Unicode recommends this for unknown sequences, and all terminals agree on
 * the width.
 */
#pragma once

#include <stddef.h>
#include <wchar.h>

#define CLUSTER_CHARACTERS 16u /* most printed characters of one cluster */

struct cluster {
    size_t bytes; /* bytes of text in the cluster; 0 at the end of the text */
    int columns;
    size_t count;
    wchar_t characters[CLUSTER_CHARACTERS]; /* to be printed: '?' for an unprintable one */
};

/* Reads the first cluster of UTF-8 text. */
void cluster_read(const char *text, struct cluster *cluster);

/* Returns the width of a text in columns. */
int cluster_columns(const char *text);

/* Returns how many bytes of leading clusters fit into `columns`. */
size_t cluster_fit(const char *text, int columns);

/* Copies as many whole clusters as fit into `size` bytes, which include the NUL. */
void cluster_copy(char *to, size_t size, const char *text);
