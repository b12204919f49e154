/*
 * names.h - names of one list, shortened so that no two of them look alike.
 *
 * What tells a name apart stays: words that it begins with as others of the list do give way first
 * ("persist…graph_chain" beside "persistent…graphs"), then its middle. A name that fits stays as it
 * is. If no such cut tells two names apart, a name ends in its place in the list ("pers…12").
 */
#ifndef SRC_NAMES_H
#define SRC_NAMES_H

#include <stddef.h>

#define NAMES_MOST  128u /* in a list */
#define NAMES_ROOM  200u /* bytes of a shortened name, with the NUL */
#define NAMES_LEAST 5    /* columns, in which even 100 names that begin alike are told apart */

/* Shortened names, in the order of the list. */
struct names {
    size_t count;
    char texts[NAMES_MOST][NAMES_ROOM];
};

/* Shortens `count` names (at most NAMES_MOST are taken; NULL is "") to `columns` each. `sign`
 * stands where something was left out. Equal names stay equal; other names differ, if `columns` is
 * NAMES_LEAST or more and each name fits into NAMES_ROOM or is shortened. */
void names_shorten(struct names *names, const char *const *list, size_t count, int columns,
                   const char *sign);

/* Columns of the longest name, `most` at most: what a list's column needs. */
int names_columns(const char *const *list, size_t count, int most);

/* Shortens one name that stands alone: its middle gives way. Returns `text`. */
const char *names_shorten_one(char *text, size_t size, const char *name, int columns,
                              const char *sign);

#endif
