#include "base64.h"

#include <stdint.h>

char *base64_encode(const void *bytes, size_t length, char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *from = bytes;
    char *to = text;
    for (size_t at = 0; at < length; at += 3) {
        const size_t left = length - at;
        const uint32_t group = (uint32_t)from[at] << 16 |
                               (uint32_t)(left > 1 ? from[at + 1] : 0) << 8 |
                               (uint32_t)(left > 2 ? from[at + 2] : 0);
        *to++ = digits[group >> 18];
        *to++ = digits[group >> 12 & 63];
        *to++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[group & 63] : '=';
    }
    *to = '\0';
    return text;
}
