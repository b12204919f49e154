/*
 * json_scan.h - JSON text by RFC 8259, and no more: whether it is, and where in it a value stands.
 *
 * cJSON takes much that is not JSON ("010", "1.", "+1", text after a broken escape) and remembers
 * no places, so json.c has every text looked at here first.
 */
#ifndef SRC_JSON_SCAN_H
#define SRC_JSON_SCAN_H

#include <stddef.h>

#define JSON_MOST_DEPTH  32u
#define JSON_MOST_NUMBER 63u /* characters, the most that cJSON reads */

/* Returns NULL if `text` is one JSON value, with blanks and a byte order mark before it or without.
 * Else a sentence about what is wrong, and *offset is where. "\u0000" is wrong, too: it would cut a
 * string of C. */
const char *json_scan(const char *text, size_t length, size_t *offset);

/* The rest is for text in which json_scan found nothing wrong. */

/* Offset of the value that the text is. */
size_t json_scan_root(const char *text);

/* Offset of value number `index` of the list or object at offset `at`; *key is where its key
 * begins, or the value where it has none. */
size_t json_scan_child(const char *text, size_t at, size_t index, size_t *key);

/* Any text's line and column at `offset`, from 1. Columns are characters of UTF-8. */
void json_scan_place(const char *text, size_t offset, size_t *line, size_t *column);

#endif
