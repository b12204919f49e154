#include "embedded.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define GZIP_WINDOW (MAX_WBITS + 16) /* for inflateInit2: read a gzip file and check its CRC */
#define GZIP_LEAST  18u              /* bytes of an empty gzip file: header and trailer */

const struct embedded *embedded_find(const char *path)
{
    for (const struct embedded *file = embedded_files; file->path; file++)
        if (strcmp(file->path, path) == 0)
            return file;
    return NULL;
}

/* Returns the length of the content, from the trailer of the gzip file. */
static uint32_t content_length(const struct embedded *file)
{
    const unsigned char *last = file->end - 4;
    return (uint32_t)last[0] | (uint32_t)last[1] << 8 | (uint32_t)last[2] << 16 |
           (uint32_t)last[3] << 24;
}

/* Inflates the file into exactly `length` bytes. */
static bool inflate_all(const struct embedded *file, unsigned char *text, uint32_t length)
{
    z_stream stream = {
        .next_in = (unsigned char *)(uintptr_t)file->packed, /* zlib only reads it */
        .avail_in = (unsigned)(file->end - file->packed),
        .avail_out = length,
    };
    stream.next_out = text;
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
        return false;
    const int status = inflate(&stream, Z_FINISH);
    const bool whole = status == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
    return inflateEnd(&stream) == Z_OK && whole;
}

char *embedded_text(const struct embedded *file, size_t *length, struct error *error)
{
    const bool has_trailer = (size_t)(file->end - file->packed) >= GZIP_LEAST;
    const uint32_t bytes = has_trailer ? content_length(file) : 0;
    if (bytes > EMBEDDED_MOST_BYTES) {
        error_set(error, ERROR_INPUT,
                  "the embedded file %s has %u bytes, but at most %llu are accepted: reinstall "
                  "pdlab",
                  file->path, bytes, (unsigned long long)EMBEDDED_MOST_BYTES);
        return NULL;
    }
    char *text = malloc((size_t)bytes + 1);
    if (!text) {
        error_set(error, ERROR_RUN, "no memory for the embedded file %s", file->path);
        return NULL;
    }
    if (!has_trailer || !inflate_all(file, (unsigned char *)text, bytes)) {
        error_set(error, ERROR_INPUT, "the embedded file %s is damaged: reinstall pdlab",
                  file->path);
        free(text);
        return NULL;
    }
    text[bytes] = '\0';
    *length = bytes;
    return text;
}
