/*
 * digest.h - a 256-bit digest that tells large files apart by their content. Not cryptographic: it
 * finds accidental differences, and does not resist somebody who constructs two equal ones.
 *
 * Four 64-bit lanes each take every fourth word (xor, multiplication by an odd constant, rotation),
 * so a change of one word always changes its lane. The end mixes the lanes with each other. Runs
 * at memory speed; the same on every machine of little-endian order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_WORDS     4u
#define DIGEST_TEXT_ROOM 65u /* 64 hexadecimal digits */

struct digest {
    uint64_t words[DIGEST_WORDS];
};

/* The digest of `length` bytes of any alignment. */
struct digest digest_of(const void *bytes, size_t length);

/* Writes 64 hexadecimal digits. */
void digest_text(const struct digest *digest, char text[DIGEST_TEXT_ROOM]);
