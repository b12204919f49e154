/*
 * names.h - shortens the names of a list so that no two look alike.
 *
 * The distinguishing part is kept. Leading words shared with other names are cut first
 * ("persist…graph_chain" beside "persistent…graphs"), then the middle. A name that fits is
 * unchanged. If no cut distinguishes two names, one of them ends in its number in the list
 * ("pers…12").
 */
#pragma once

#include <stddef.h>

#define NAMES_MOST  128u /* in one list */
#define NAMES_ROOM  200u /* bytes of a shortened name, with the NUL */
#define NAMES_LEAST 5    /* columns: enough to distinguish 100 names that begin alike */

/* Shortened names, in list order. */
struct names {
    size_t count;
    char texts[NAMES_MOST][NAMES_ROOM];
};

/* Shortens `count` names to `columns` each. Ignores names after the first NAMES_MOST; NULL counts
 * as "". `sign` marks omissions. Equal names stay equal. Different names stay different if
 * `columns` is at least NAMES_LEAST and each name fits into NAMES_ROOM or is shortened. */
void names_shorten(struct names *names, const char *const *list, size_t count, int columns,
                   const char *sign);

/* Returns the width of the longest name, at most `most`, for the width of a list column. */
int names_columns(const char *const *list, size_t count, int most);

/* Shortens a single name in its middle. Returns `text`. */
const char *names_shorten_one(char *text, size_t size, const char *name, int columns,
                              const char *sign);
