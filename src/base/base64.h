/*
 * base64.h - base64 encoding (RFC 4648) with padding.
 */
#pragma once

#include <stddef.h>

/* Size of the encoded text of `length` bytes, with the NUL. */
#define BASE64_ROOM(length) (((length) + 2) / 3 * 4 + 1)

/* Encodes `length` bytes into `text`, which has BASE64_ROOM(length) bytes. Returns `text`. */
char *base64_encode(const void *bytes, size_t length, char *text);
