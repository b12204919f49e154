#include "late_stderr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 300 /* how long to wait for a reader */

static struct {
    int before; /* the original standard error; -1: still in place */
    int anew;   /* the same terminal or pipe, reopened as non-blocking; -1: `before` is used */
} late = {-1, -1};

void late_stderr_open(void)
{
    struct stat status;
    int memory = memfd_create("pdlab-stderr", MFD_CLOEXEC);
    if (memory < 0)
        return;
    fflush(stderr);
    if (isatty(STDERR_FILENO) || (fstat(STDERR_FILENO, &status) == 0 && S_ISFIFO(status.st_mode)))
        late.anew = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    late.before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (late.before >= 0)
        dup2(memory, STDERR_FILENO);
    close(memory);
}

static bool show(const char *bytes, size_t length)
{
    const int file = late.anew >= 0 ? late.anew : late.before;
    struct pollfd room = {.fd = file, .events = POLLOUT};
    while (length > 0 && poll(&room, 1, PATIENCE_MS) > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
    return length == 0;
}

void late_stderr_show(void)
{
    char bytes[4096];
    ssize_t length;
    if (late.before < 0)
        return;
    lseek(STDERR_FILENO, 0, SEEK_SET);
    while ((length = read(STDERR_FILENO, bytes, sizeof bytes)) > 0 && show(bytes, (size_t)length))
        continue;
    dup2(late.before, STDERR_FILENO);
    close(late.before);
    if (late.anew >= 0)
        close(late.anew);
    late.before = late.anew = -1;
}
