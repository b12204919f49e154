#include "files.h"

#include "../kernels/thread.h"
#include "standard.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TEMPORARY_SUFFIX 10 /* characters: ".1a2b3c4d" and a NUL */

static bool fail(struct error *error, enum error_kind kind, const char *step, const char *path)
{
    return error_set(error, kind, "%s %s: %s", step, path, strerror(errno));
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* What can't be synchronised, such as a pipe, has nothing to lose. */
static bool synchronise(int file)
{
    return fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

static bool write_through(int file, const char *path, const char *bytes, size_t length,
                          struct error *error)
{
    if (write_all(file, bytes, length) && synchronise(file))
        return true;
    const int why = errno;
    if (file == STDOUT_FILENO)
        standard_end_unread();
    errno = why;
    return fail(error, ERROR_RUN, "cannot write to", path);
}

/* A device, pipe or FIFO, or what another process has open: never truncated or replaced. */
static bool append(const char *path, const char *bytes, size_t length, struct error *error)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return fail(error, ERROR_RUN, "cannot open", path);
    bool written = write_through(file, path, bytes, length, error);
    if (close(file) != 0 && written)
        return fail(error, ERROR_RUN, "cannot close", path);
    return written;
}

/* Makes the folders above `path`. */
static bool make_folders(const char *path, struct error *error)
{
    char folder[PATH_MAX];
    if ((size_t)snprintf(folder, sizeof folder, "%s", path) >= sizeof folder) {
        errno = ENAMETOOLONG;
        return fail(error, ERROR_RUN, "cannot write", path);
    }
    for (char *slash = folder + 1; *folder && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return fail(error, ERROR_RUN, "cannot make the folder", folder);
        *slash = '/';
    }
    return true;
}

bool file_append(const char *path, const char *bytes, size_t length, uint64_t most,
                 struct error *error)
{
    char kept[PATH_MAX];
    struct stat status;
    if (!make_folders(path, error))
        return false;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && (uint64_t)status.st_size > most &&
        (size_t)snprintf(kept, sizeof kept, "%s.1", path) < sizeof kept && rename(path, kept) != 0)
        return fail(error, ERROR_RUN, "cannot rename", path);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (file < 0)
        return fail(error, ERROR_RUN, "cannot open", path);
    bool written = write_through(file, path, bytes, length, error);
    if (close(file) != 0 && written)
        return fail(error, ERROR_RUN, "cannot close", path);
    return written;
}

/* A link in /proc, such as the one that /dev/stdout names, stands for an open file. */
static bool is_link_in_proc(const char *path)
{
    struct stat status;
    struct statfs system;
    int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return false;
    bool found = fstat(file, &status) == 0 && S_ISLNK(status.st_mode) &&
                 fstatfs(file, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
    close(file);
    return found;
}

/* The descriptor of this process that a link in /proc stands for; -1: it is another process's. */
static int own_descriptor(const char *path)
{
    char folder[PATH_MAX], real[PATH_MAX], own[PATH_MAX], *end;
    const char *slash = strrchr(path, '/');
    long number = slash ? strtol(slash + 1, &end, 10) : -1;
    if (number < 0 || number > INT_MAX || end == slash + 1 || *end)
        return -1;
    snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path);
    bool is_own = realpath(folder, real) && realpath("/proc/self/fd", own) && !strcmp(real, own);
    return is_own ? (int)number : -1;
}

/* Writes where the open file stands, as whoever opened it does: a log goes on. What stdio holds of
 * it comes first. */
static bool write_link_in_proc(const char *link, const char *path, const char *bytes, size_t length,
                               struct error *error)
{
    int file = own_descriptor(link);
    if (file < 0)
        return append(path, bytes, length, error);
    fflush(stdout);
    return write_through(file, path, bytes, length, error);
}

/* Replaces `path`, while it names a symbolic link, by what the link names, there or not. Stops at a
 * link in /proc. */
static bool follow_links(char *path, size_t size, struct error *error)
{
    for (int links = 0; links < 40; links++) {
        char target[PATH_MAX];
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length < 0 || is_link_in_proc(path))
            return true; /* whatever is wrong with what is no link shows when it is written */
        target[length] = '\0';

        char *slash = strrchr(path, '/');
        size_t kept = slash && target[0] != '/' ? (size_t)(slash + 1 - path) : 0;
        if (kept + (size_t)length >= size) {
            errno = ENAMETOOLONG;
            return fail(error, ERROR_RUN, "cannot follow the link", path);
        }
        memcpy(path + kept, target, (size_t)length + 1);
    }
    errno = ELOOP;
    return fail(error, ERROR_RUN, "cannot follow the link", path);
}

/* A rename is on disk once its folder is. */
static bool synchronise_folder(const char *path, struct error *error)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash)
        snprintf(folder, sizeof folder, ".");
    else
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);

    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return errno == EACCES || fail(error, ERROR_RUN, "cannot open the folder", folder);
    bool synchronised = synchronise(file) || fail(error, ERROR_RUN, "cannot synchronise", folder);
    close(file);
    return synchronised;
}

/* Makes an empty file beside `path`, with the mode that the umask leaves, which mkostemp would not.
 * Returns its descriptor or -1; `temporary` gets its name. */
static int open_temporary(const char *path, char *temporary, size_t size)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        uint32_t number;
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            return -1;
        snprintf(temporary, size, "%s.%08" PRIx32, path, number);
        int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return -1;
}

/* Fills the open temporary file of `path` and closes it. */
static bool fill_temporary(int file, const char *path, const struct stat *existing,
                           const char *bytes, size_t length, struct error *error)
{
    bool filled = true;
    if (existing && fchmod(file, existing->st_mode & 07777) != 0)
        filled = fail(error, ERROR_RUN, "cannot set the mode of", path);
    else if (!write_all(file, bytes, length))
        filled = fail(error, ERROR_RUN, "cannot write", path);
    else if (!synchronise(file))
        filled = fail(error, ERROR_RUN, "cannot synchronise", path);
    if (close(file) != 0 && filled)
        filled = fail(error, ERROR_RUN, "cannot close", path);
    return filled;
}

static bool write_whole(const char *path, const struct stat *existing, const char *bytes,
                        size_t length, struct error *error)
{
    char temporary[PATH_MAX + TEMPORARY_SUFFIX];
    sigset_t before;
    thread_block_signals(&before); /* one that ends the process would leave the temporary file */
    int file = open_temporary(path, temporary, sizeof temporary);
    bool done = file >= 0 ? fill_temporary(file, path, existing, bytes, length, error)
                          : fail(error, ERROR_RUN, "cannot make a file beside", path);
    if (done && rename(temporary, path) != 0)
        done = fail(error, ERROR_RUN, "cannot replace", path);
    if (file >= 0 && !done)
        unlink(temporary);
    done = done && synchronise_folder(path, error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return done;
}

bool file_write(const char *path, const char *bytes, size_t length, struct error *error)
{
    char target[PATH_MAX];
    struct stat status;

    if (strcmp(path, "-") == 0)
        return write_through(STDOUT_FILENO, "standard output", bytes, length, error);
    if ((size_t)snprintf(target, sizeof target, "%s", path) >= sizeof target) {
        errno = ENAMETOOLONG;
        return fail(error, ERROR_RUN, "cannot write", path);
    }
    bool exists = stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        return error_set(error, ERROR_RUN, "cannot write %s: it is a folder", path);
    if (!follow_links(target, sizeof target, error))
        return false;
    if (is_link_in_proc(target))
        return write_link_in_proc(target, path, bytes, length, error);
    if (exists && !S_ISREG(status.st_mode))
        return append(path, bytes, length, error);
    return make_folders(target, error) &&
           write_whole(target, exists ? &status : NULL, bytes, length, error);
}

bool file_create(const char *path, const char *bytes, size_t length, bool *created,
                 struct error *error)
{
    char temporary[PATH_MAX + TEMPORARY_SUFFIX];
    sigset_t before;
    if (!make_folders(path, error))
        return false;
    thread_block_signals(&before);
    int file = open_temporary(path, temporary, sizeof temporary);
    bool done = file >= 0 ? fill_temporary(file, path, NULL, bytes, length, error)
                          : fail(error, ERROR_RUN, "cannot make a file beside", path);
    *created = done && link(temporary, path) == 0; /* unlike a rename, it replaces nothing */
    if (done && !*created && errno != EEXIST)
        done = fail(error, ERROR_RUN, "cannot make", path);
    if (file >= 0)
        unlink(temporary);
    done = done && synchronise_folder(path, error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return done;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Reads to the end, or to one byte past `most`. */
static bool read_all(int file, uint64_t most, char **bytes, size_t *length)
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
        ssize_t got = wanted > 0 ? read(file, buffer + held, wanted) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        held += (size_t)got;
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
        return fail(error, ERROR_INPUT, "cannot look at", path);
    if (S_ISDIR(status.st_mode))
        return error_set(error, ERROR_INPUT, "cannot read %s: it is a folder", path);
    if (S_ISREG(status.st_mode) && (uint64_t)status.st_size > most)
        return error_set(error, ERROR_INPUT, "%s has %s bytes; at most %s are accepted", path,
                         text_integer(size, sizeof size, status.st_size), accepted);
    if (!read_all(file, most, bytes, length))
        return fail(error, ERROR_INPUT, "cannot read", path);
    if (*length > most) { /* a pipe or device, whose end nobody knows */
        free(*bytes);
        *bytes = NULL;
        return error_set(error, ERROR_INPUT, "%s has more than %s bytes, the most accepted", path,
                         accepted);
    }
    return true;
}

bool file_read(const char *path, uint64_t most, char **bytes, size_t *length, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return fail(error, ERROR_INPUT, "cannot open", path);
    bool read = read_open(file, path, most, bytes, length, error);
    close(file);
    return read;
}
