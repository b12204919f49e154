/*
 * json_scan.h - checks that a text is JSON by RFC 8259, and finds the offsets of its values.
 *
 * cJSON accepts much that is not JSON ("010", "1.", "+1", text after a broken escape) and
 * records no offsets, so json.c scans every text here first.
 */
#pragma once

#include <stddef.h>

#define JSON_MOST_DEPTH  32u
#define JSON_MOST_NUMBER 63u /* characters: the most that cJSON reads */

/* Returns NULL if `text` is one JSON value; a byte order mark may precede it, and blanks may
 * surround it. Otherwise returns a sentence about the error, and *offset is the place of the error.
 * "\u0000" is an error too: it would end a C string early. */
const char *json_scan(const char *text, size_t length, size_t *offset);

/* The functions below require text that json_scan accepted. */

/* Returns the offset of the root value. */
size_t json_scan_root(const char *text);

/* Returns the offset of value number `index` in the array or object at offset `at`. *key is the
 * offset of the value's key; in an array, of the value. Both are `at` if the text has no such
 * value: document_common_read can add values to the tree that are not in the text. */
size_t json_scan_child(const char *text, size_t at, size_t index, size_t *key);

/* Returns the offset after the value or key at offset `at`. */
size_t json_scan_after(const char *text, size_t at);

/* Writes the line and column of `offset`, both from 1. Works for any text. Columns count UTF-8
 * characters. */
void json_scan_place(const char *text, size_t offset, size_t *line, size_t *column);
