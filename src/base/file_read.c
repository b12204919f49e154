/*
 * file_read.c - files.h: reading whole files.
 */
#include "files.h"

#include "fifo.h"
#include "path.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads from a file that was opened with O_NONBLOCK. A FIFO without a writer reads as empty:
 * retries until `patience` runs out. */
static ssize_t read_some(int file, char *bytes, size_t most, unsigned *patience)
{
    for (;;) {
        ssize_t got = read(file, bytes, most);
        if (got < 0 && errno == EAGAIN && fcntl(file, F_SETFL, 0) == 0)
            continue; /* there is a writer: the next read blocks until it writes */
        if (got < 0 && errno == EINTR)
            continue;
        if (got != 0 || !fifo_wait(patience))
            return got;
    }
}

/* Reads to the end of the file, or to one byte past `most`, which shows that the file is too
 * long. */
static bool read_all(int file, unsigned patience, uint64_t most, char **bytes, size_t *length)
{
    size_t room = 0, held = 0;
    char *buffer = NULL;
    for (;;) {
        if (held == room) {
            room = room ? 2 * room : 64 << 10;
            char *grown = realloc(buffer, room + 1);
            if (!grown)
                break;
            buffer = grown;
        }
        size_t wanted = room - held < most + 1 - held ? room - held : (size_t)(most + 1 - held);
        ssize_t got = wanted > 0 ? read_some(file, buffer + held, wanted, &patience) : 0;
        if (got < 0)
            break;
        held += (size_t)got;
        patience = 0;
        if (got == 0) {
            buffer[held] = '\0';
            *bytes = buffer;
            *length = held;
            return true;
        }
    }
    free(buffer);
    return false;
}

static bool read_open(int file, const char *path, uint64_t most, char **bytes, size_t *length,
                      struct error *error)
{
    struct stat status;
    char size[32], accepted[32];

    text_integer(accepted, sizeof accepted, (int64_t)most);
    if (fstat(file, &status) != 0)
        return path_fail(error, ERROR_INPUT, "cannot read the status of", path);
    if (S_ISDIR(status.st_mode))
        return error_set(error, ERROR_INPUT, "cannot read %s: it is a folder", path);
    if (S_ISREG(status.st_mode) && (uint64_t)status.st_size > most)
        return error_set(error, ERROR_INPUT, "%s has %s bytes; at most %s are accepted", path,
                         text_integer(size, sizeof size, status.st_size), accepted);
    bool fifo = S_ISFIFO(status.st_mode);
    if (!read_all(file, fifo ? FIFO_WRITER_PATIENCE : 0, most, bytes, length))
        return path_fail(error, ERROR_INPUT, "cannot read", path);
    if (*length <= most && !(*length == 0 && fifo))
        return true;
    free(*bytes);
    *bytes = NULL;
    if (*length == 0)
        return error_set(error, ERROR_INPUT, "cannot read %s: nothing writes to this FIFO", path);
    /* The length of a pipe or device is unknown, so the message does not name it. */
    return error_set(error, ERROR_INPUT, "%s has more than %s bytes, the accepted maximum", path,
                     accepted);
}

bool file_read(const char *path, uint64_t most, char **bytes, size_t *length, struct error *error)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int number = errno;
    if (file < 0 && number == ENXIO && stat(path, &status) == 0 && S_ISSOCK(status.st_mode))
        return error_set(error, ERROR_INPUT, "cannot read %s: it is a socket", path);
    errno = number;
    if (file < 0)
        return path_fail(error, ERROR_INPUT, "cannot open", path);
    bool read = read_open(file, path, most, bytes, length, error);
    close(file);
    return read;
}
