/*
 * base64.h - bytes as base64 (RFC 4648), with its padding.
 */
#ifndef SRC_BASE64_H
#define SRC_BASE64_H

#include <stddef.h>

/* Room that `length` bytes take, with the final NUL. */
#define BASE64_ROOM(length) (((length) + 2) / 3 * 4 + 1)

/* Writes `length` bytes; `text` has BASE64_ROOM(length). Returns `text`. */
char *base64_encode(const void *bytes, size_t length, char *text);

#endif
