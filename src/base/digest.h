/*
 * digest.h - a 256-bit digest that identifies a large file by its content. Not cryptographic: it
 * finds accidental differences, but does not resist an attacker who constructs a collision.
 *
 * Each of four 64-bit lanes takes every fourth word by xor, multiplication by an odd constant, and
 * rotation. These are invertible, so a change of one word always changes its lane. At the end, the
 * lanes are mixed with each other. The digest runs at memory speed, and gives the same result on
 * every little-endian machine.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_WORDS     4u
#define DIGEST_TEXT_ROOM 65u /* 64 hexadecimal digits */

struct digest {
    uint64_t words[DIGEST_WORDS];
};

/* Returns the digest of `length` bytes of any alignment. */
struct digest digest_of(const void *bytes, size_t length);

/* Writes the digest as 64 hexadecimal digits. */
void digest_text(const struct digest *digest, char text[DIGEST_TEXT_ROOM]);
