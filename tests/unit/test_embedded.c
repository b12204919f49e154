/* Embedded files are read whole, and damaged ones are refused. */
#include "../../src/base/embedded.h"
#include "unit.h"

#include <zlib.h>

static struct error error;

#define ROOM 4096u

static unsigned char packed[ROOM];
static struct embedded file = {"recordings/a.json", packed, packed};

/* Compresses `length` letters with gzip. */
static void pack(size_t length)
{
    unsigned char *text = malloc(length + 1);
    z_stream stream = {.next_in = text, .avail_in = (unsigned)length};
    cr_assert_not_null(text);
    memset(text, 'a', length);
    cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = packed;
    stream.avail_out = ROOM;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    file.end = stream.next_out;
    deflateEnd(&stream);
    free(text);
}

static void refuses(const char *sentence)
{
    size_t length;
    cr_assert_null(embedded_text(&file, &length, &error));
    cr_assert_not_null(strstr(error.text, sentence), "said '%s'", error.text);
    cr_assert_eq(error.kind, ERROR_INPUT);
}

Test(embedded, all_files_inflate)
{
    for (const struct embedded *at = embedded_files; at->path; at++) {
        size_t length;
        char *text = embedded_text(at, &length, &error);
        cr_assert_not_null(text, "%s", error.text);
        cr_assert_eq(strlen(text), length);
        if (strstr(at->path, ".json"))
            cr_assert_eq(*text, '{', "%s is an object", at->path);
        cr_assert_gt(length, (size_t)(at->end - at->packed), "%s is compressed", at->path);
        free(text);
    }
}

Test(embedded, packed_files_are_restored)
{
    size_t length;
    for (size_t bytes = 0; bytes < 300000; bytes = 3 * bytes + 1) {
        pack(bytes);
        char *text = embedded_text(&file, &length, &error);
        cr_assert_not_null(text, "%s", error.text);
        cr_assert_eq(length, bytes);
        cr_assert_eq(strspn(text, "a"), bytes);
        free(text);
    }
}

Test(embedded, every_shortened_file_is_refused)
{
    pack(1000);
    while (file.end > packed) {
        file.end--;
        refuses("the embedded file recordings/a.json ");
    }
}

Test(embedded, damage_is_refused)
{
    pack(1000);
    const size_t length = (size_t)(file.end - packed);
    for (size_t at = 0; at < length; at++) {
        if (at >= 4 && at < 10)
            continue; /* date, compressor, system: ignored */
        packed[at] ^= 0xff;
        refuses("the embedded file recordings/a.json ");
        packed[at] ^= 0xff;
    }
}

Test(embedded, files_declared_too_large_are_refused)
{
    pack(1000);
    packed[file.end - packed - 1] = 1; /* 16 MiB and 1,000 bytes */
    refuses("at most 16777216 are accepted");
}

Test(embedded, files_larger_than_declared_are_refused)
{
    pack(2000);
    packed[file.end - packed - 3] = 0;
    refuses("is damaged");
}
