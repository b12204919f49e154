#include "digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STRIPE (DIGEST_WORDS * sizeof(uint64_t))

/* Odd numbers with about as many one bits as zero bits: the fractional parts of the golden ratio
 * and of the square roots of 2, 3 and 5. */
static const uint64_t constants[DIGEST_WORDS] = {
    UINT64_C(0x9E3779B97F4A7C15), UINT64_C(0x6A09E667F3BCC909), UINT64_C(0xBB67AE8584CAA73B),
    UINT64_C(0x3C6EF372FE94F82B)};

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void take_stripe(struct digest *digest, const unsigned char *bytes)
{
    uint64_t words[DIGEST_WORDS];
    memcpy(words, bytes, sizeof words);
    for (size_t i = 0; i < DIGEST_WORDS; i++)
        digest->words[i] = rotate((digest->words[i] ^ words[i]) * constants[i], 29);
}

/* Mixes the lanes until each bit depends on all others. */
static void mix(struct digest *digest)
{
    for (int round = 0; round < 8; round++) {
        for (size_t i = 0; i < DIGEST_WORDS; i++) {
            uint64_t word = digest->words[i] + digest->words[(i + 3) % DIGEST_WORDS];
            word = (word ^ word >> 32) * constants[i];
            digest->words[i] = word ^ word >> 29;
        }
    }
}

struct digest digest_of(const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    struct digest digest = {.words = {length, constants[1], constants[2], constants[3]}};
    size_t left = length;
    for (; left >= STRIPE; left -= STRIPE, at += STRIPE)
        take_stripe(&digest, at);
    if (left > 0) {
        unsigned char last[STRIPE] = {0};
        memcpy(last, at, left);
        take_stripe(&digest, last);
    }
    mix(&digest);
    return digest;
}

void digest_text(const struct digest *digest, char text[DIGEST_TEXT_ROOM])
{
    for (size_t i = 0; i < DIGEST_WORDS; i++)
        snprintf(text + 16 * i, DIGEST_TEXT_ROOM - 16 * i, "%016" PRIx64, digest->words[i]);
}
