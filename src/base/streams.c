#include "streams.h"

#include "files.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

#define LONGEST 4u /* bytes of one character */

/* A guarded stream. A write may end within a character: `kept` then holds the character's first
 * bytes until the next write. */
struct guard {
    int file;
    char kept[LONGEST];
    size_t kept_length;
};

/* Whether `length` bytes may be the beginning of a longer character. */
static bool is_beginning(const char *bytes, size_t length)
{
    const unsigned char first = (unsigned char)bytes[0];
    size_t needed = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    return first <= 0xf4 && length < needed;
}

static bool passes(char byte)
{
    return byte == '\n' || byte == '\t' || byte == '\r';
}

/* The write function for fopencookie: consumes all bytes, or fails. */
static ssize_t write_guarded(void *cookie, const char *bytes, size_t length)
{
    struct guard *guard = cookie;
    char text[512 + LONGEST + 1]; /* part of the input, NUL-terminated because decoding stops
                                     there */
    char shown[sizeof text];
    size_t taken = 0;
    while (taken < length) {
        size_t held = guard->kept_length, at = 0, put = 0;
        size_t more = length - taken < 512 ? length - taken : 512;
        memcpy(text, guard->kept, held);
        memcpy(text + held, bytes + taken, more);
        held += more;
        taken += more;
        text[held] = '\0';
        while (at < held && !is_beginning(text + at, held - at)) {
            size_t visible = passes(text[at]) ? 1 : text_visible_length(text + at);
            memcpy(shown + put, visible > 0 ? text + at : "?", visible > 0 ? visible : 1);
            put += visible > 0 ? visible : 1;
            at += text_length(text + at);
        }
        guard->kept_length = held - at;
        memcpy(guard->kept, text + at, held - at);
        if (!file_write_all(guard->file, shown, put))
            return 0;
    }
    return (ssize_t)length;
}

/* Returns the guarded stream; `plain` if memory runs out. */
static FILE *open_guarded(struct guard *guard, FILE *plain, int buffering)
{
    FILE *stream = fopencookie(guard, "w", (cookie_io_functions_t){.write = write_guarded});
    if (!stream)
        return plain;
    setvbuf(stream, NULL, buffering, BUFSIZ);
    return stream;
}

void streams_guard_stdout(void)
{
    static struct guard guard = {.file = STDOUT_FILENO};
    stdout = open_guarded(&guard, stdout, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
}

void streams_guard_stderr(void)
{
    static struct guard guard = {.file = STDERR_FILENO};
    stderr = open_guarded(&guard, stderr, _IONBF);
}

bool streams_close(FILE *stream)
{
    const bool whole = !ferror(stream);
    return fclose(stream) == 0 && whole;
}
