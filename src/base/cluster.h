/*
 * cluster.h - what people take for one character: a letter with its marks, a syllable of Hangul, a
 * flag, an emoji with all that is joined to it. Text is cut between clusters only.
 *
 * The rules are those of UAX #29 (Unicode Text Segmentation) as far as the C library knows the
 * properties. How many columns a cluster takes is the sum of wcwidth, by which ncurses and most
 * terminals go. Some terminals draw a joined emoji in two columns, and others each of its parts; a
 * variation selector or a skin tone changes the width in some. So what joins and selects is not
 * printed: a family is its members side by side, which is what Unicode asks for where a sequence is
 * not known, and every terminal agrees on the width.
 */
#ifndef SRC_CLUSTER_H
#define SRC_CLUSTER_H

#include <stddef.h>
#include <wchar.h>

#define CLUSTER_CHARACTERS 16u /* that are printed of one */

struct cluster {
    size_t bytes; /* of the text; 0 at its end */
    int columns;
    size_t count;
    wchar_t characters[CLUSTER_CHARACTERS]; /* what is printed: '?' for what can't be */
};

/* Reads the cluster that UTF-8 text begins with. */
void cluster_read(const char *text, struct cluster *cluster);

/* Columns of a text. */
int cluster_columns(const char *text);

/* Bytes of the clusters that fit into `columns`. */
size_t cluster_fit(const char *text, int columns);

/* Copies what fits into `size` bytes with the NUL, whole clusters only. */
void cluster_copy(char *to, size_t size, const char *text);

#endif
