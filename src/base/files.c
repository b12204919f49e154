#include "files.h"

#include "../../kernels/thread.h"
#include "fifo.h"
#include "interrupt.h"
#include "path.h"
#include "standard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_MS          100  /* how often a wait checks for an interruption */
#define STALL_MS         2000 /* how long an interrupted command waits for slow readers, in total */
#define TEMPORARY_SUFFIX 10   /* bytes: ".1a2b3c4d" and a NUL */

/* ---- writing -------------------------------------------------------------------------------- */

static int waited_ms; /* total of all writes since the interruption */

/* Waits until the file accepts at least PIPE_BUF bytes. A regular file always does; a pipe does
 * when its reader has made room. False, with errno EINTR: the command was interrupted, and the
 * reader does not read. */
static bool wait_for_room(int file)
{
    struct pollfd room = {.fd = file, .events = POLLOUT};
    for (;;) {
        const int ready = poll(&room, 1, interrupt_level > 1 ? 0 : LOOK_MS);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true; /* if the pipe is broken, write reports it */
        waited_ms += interrupt_level > 0 ? LOOK_MS : 0;
        if (interrupt_level > 1 || waited_ms > STALL_MS) {
            errno = EINTR;
            return false;
        }
    }
}

bool file_write_all(int file, const char *bytes, size_t length)
{
    struct stat status;
    const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    while (length > 0) {
        const size_t most = regular || length < PIPE_BUF ? length : PIPE_BUF;
        if (!regular && !wait_for_room(file))
            return false;
        ssize_t written = write(file, bytes, most);
        if (written < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* Returns true for a file that cannot be synchronised, such as a pipe: it has nothing to lose. */
static bool synchronise(int file)
{
    return fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

static bool write_through(int file, const char *path, const char *bytes, size_t length,
                          struct error *error)
{
    if (file_write_all(file, bytes, length) && synchronise(file))
        return true;
    const int why = errno;
    if (file == STDOUT_FILENO)
        standard_end_unread();
    errno = why;
    return path_fail(error, ERROR_RUN, "cannot write to", path);
}

/* Opens a device, a FIFO, or a file that another process has open. Never truncates or replaces it.
 * Uses O_NONBLOCK, because open() would block on a FIFO without a reader. -1: *error. */
static int open_special(const char *path, struct error *error)
{
    struct stat status;
    unsigned patience = FIFO_READER_PATIENCE;
    for (;;) {
        int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        int number = errno;
        if (file >= 0 && fcntl(file, F_SETFL, O_APPEND) == 0)
            return file;
        bool fifo = stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
        if (fifo && number == ENXIO && fifo_wait(&patience))
            continue;
        errno = number;
        if (fifo && number == ENXIO)
            error_set(error, ERROR_RUN, "cannot write %s: nothing reads from this FIFO", path);
        else
            path_fail(error, ERROR_RUN, "cannot open", path);
        return -1;
    }
}

static bool write_and_close(int file, const char *path, const char *bytes, size_t length,
                            struct error *error)
{
    bool written = write_through(file, path, bytes, length, error);
    if (close(file) != 0 && written)
        return path_fail(error, ERROR_RUN, "cannot close", path);
    return written;
}

static bool append(const char *path, const char *bytes, size_t length, struct error *error)
{
    int file = open_special(path, error);
    return file >= 0 && write_and_close(file, path, bytes, length, error);
}

/* Creates the missing folders above `path`. */
static bool make_folders(const char *path, struct error *error)
{
    char folder[PATH_MAX];
    if (!path_copy(folder, path, error))
        return false;
    for (char *slash = folder + 1; *folder && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return path_fail(error, ERROR_RUN, "cannot make the folder", folder);
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
        return path_fail(error, ERROR_RUN, "cannot rename", path);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (file < 0)
        return path_fail(error, ERROR_RUN, "cannot open", path);
    return write_and_close(file, path, bytes, length, error);
}

/* Writes to the open file that a link in /proc refers to. Writes to this process's own descriptor
 * at its current offset, after flushing stdio's buffer, so that a log is continued. Appends to
 * another process's file. */
static bool write_link_in_proc(const char *link, const char *path, const char *bytes, size_t length,
                               struct error *error)
{
    int file = path_own_descriptor(link);
    if (file < 0)
        return append(path, bytes, length, error);
    fflush(stdout);
    return write_through(file, path, bytes, length, error);
}

/* A rename is durable only after its folder is synchronised. */
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
        return errno == EACCES || path_fail(error, ERROR_RUN, "cannot open the folder", folder);
    bool synchronised =
        synchronise(file) || path_fail(error, ERROR_RUN, "cannot synchronise", folder);
    close(file);
    return synchronised;
}

/* Creates an empty file beside `path` with the mode that the umask allows, unlike mkostemp. Returns
 * the descriptor or -1; `temporary` gets the name. */
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

/* Fills the open temporary file that will become `path`, and closes it. */
static bool fill_temporary(int file, const char *path, const struct stat *existing,
                           const char *bytes, size_t length, struct error *error)
{
    bool filled = true;
    if (existing && fchmod(file, existing->st_mode & 07777) != 0)
        filled = path_fail(error, ERROR_RUN, "cannot set the mode of", path);
    else if (!file_write_all(file, bytes, length))
        filled = path_fail(error, ERROR_RUN, "cannot write", path);
    else if (!synchronise(file))
        filled = path_fail(error, ERROR_RUN, "cannot synchronise", path);
    if (close(file) != 0 && filled)
        filled = path_fail(error, ERROR_RUN, "cannot close", path);
    return filled;
}

/* Renames the temporary file to `path` if that name does not exist; *created says whether it did
 * so. Not every file system supports RENAME_NOREPLACE, and some of those have no hard links either
 * (FAT, some network and FUSE file systems). There, an empty file claims the name first and is then
 * replaced. */
static bool claim_name(const char *temporary, const char *path, bool *created)
{
    *created = renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
    if (*created || errno == EEXIST)
        return true;
    *created = link(temporary, path) == 0;
    if (*created || errno == EEXIST)
        return true;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return errno == EEXIST;
    close(file);
    *created = rename(temporary, path) == 0;
    if (!*created)
        unlink(path);
    return *created;
}

/* Writes a temporary file and renames it to `path`. `existing`: the status of the file to replace,
 * or NULL. If `created` is not NULL, replaces no file, and *created says whether it created one. */
static bool write_whole(const char *path, const struct stat *existing, const char *bytes,
                        size_t length, bool *created, struct error *error)
{
    char temporary[PATH_MAX + TEMPORARY_SUFFIX];
    sigset_t before;
    thread_block_signals(&before); /* a signal that ends the process would leave the temporary
                                      file behind */
    int file = open_temporary(path, temporary, sizeof temporary);
    bool done = file >= 0 ? fill_temporary(file, path, existing, bytes, length, error)
                          : path_fail(error, ERROR_RUN, "cannot make a file beside", path);
    if (done && created && !claim_name(temporary, path, created))
        done = path_fail(error, ERROR_RUN, "cannot make", path);
    if (done && !created && rename(temporary, path) != 0)
        done = path_fail(error, ERROR_RUN, "cannot replace", path);
    if (file >= 0)
        unlink(temporary); /* fails if it was renamed */
    done = done && synchronise_folder(path, error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return done;
}

/* The file that an output path refers to. */
struct target {
    bool descriptor; /* `path` is a link in /proc to an open file */
    bool exists;
    struct stat status;
    char path[PATH_MAX]; /* with links followed */
};

/* Finds the file that `path` refers to. Refuses folders, disks and an empty path, whatever the
 * permissions. */
static bool find_target(const char *path, struct target *target, struct error *error)
{
    *target = (struct target){0};
    if (!path_copy(target->path, path, error))
        return false;
    target->exists = stat(path, &target->status) == 0;
    if (!*path)
        return path_fail(error, ERROR_RUN, "cannot write", path);
    if (!target->exists && path[strlen(path) - 1] == '/')
        return error_set(error, ERROR_RUN, "cannot write %s: it names a folder", path);
    if (target->exists && S_ISDIR(target->status.st_mode))
        return error_set(error, ERROR_RUN, "cannot write %s: it is a folder", path);
    if (target->exists && S_ISBLK(target->status.st_mode))
        return error_set(error, ERROR_RUN, "cannot write %s: it is a disk", path);
    if (!path_follow(target->path, sizeof target->path, error))
        return false;
    target->descriptor = path_is_descriptor(target->path);
    return true;
}

bool file_is_stdout(const char *path)
{
    struct target target;
    struct error unknown;
    if (strcmp(path, "-") == 0)
        return true;
    return find_target(path, &target, &unknown) && target.descriptor &&
           path_own_descriptor(target.path) == STDOUT_FILENO;
}

bool file_write(const char *path, const char *bytes, size_t length, struct error *error)
{
    struct target target;
    if (strcmp(path, "-") == 0)
        return write_through(STDOUT_FILENO, "standard output", bytes, length, error);
    if (!find_target(path, &target, error))
        return false;
    if (target.descriptor)
        return write_link_in_proc(target.path, path, bytes, length, error);
    if (target.exists && !S_ISREG(target.status.st_mode))
        return append(path, bytes, length, error);
    return make_folders(target.path, error) &&
           write_whole(target.path, target.exists ? &target.status : NULL, bytes, length, NULL,
                       error);
}

bool file_write_text(const char *path, char *text, size_t length, struct error *error)
{
    bool written = text ? file_write(path, text, length, error)
                        : error_set(error, ERROR_RUN, "no memory to write %s", path);
    free(text);
    return written;
}

bool file_create(const char *path, const char *bytes, size_t length, bool *created,
                 struct error *error)
{
    *created = false;
    return make_folders(path, error) && write_whole(path, NULL, bytes, length, created, error);
}

/* ---- checking ------------------------------------------------------------------------------- */

/* Whether these parts of a path are short enough for the file system. The last part must leave room
 * for the suffix of a temporary file. */
static bool check_parts(const char *path, const char *parts, struct error *error)
{
    while (*parts) {
        size_t length = strcspn(parts, "/");
        bool last = parts[length] == '\0';
        if (length + (last ? TEMPORARY_SUFFIX - 1 : 0) > NAME_MAX) {
            errno = ENAMETOOLONG;
            return path_fail(error, ERROR_RUN, "cannot write", path);
        }
        parts += length + !last;
    }
    return true;
}

/* Whether a file can be created in a folder ("": the current folder). Uses a nameless file if the
 * file system supports it, so that a killed process leaves nothing behind. */
static bool try_folder(const char *folder)
{
    char probe[PATH_MAX + TEMPORARY_SUFFIX], stem[PATH_MAX];
    int file = open(*folder ? folder : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (file >= 0)
        return close(file) == 0;
    if (errno != EOPNOTSUPP && errno != EISDIR)
        return false;
    snprintf(stem, sizeof stem, "%.*s.pdlab", PATH_MAX - 16, folder);
    file = open_temporary(stem, probe, sizeof probe);
    if (file < 0)
        return false;
    close(file);
    unlink(probe);
    return true;
}

/* Whether a file can be created in the deepest existing folder of the path. */
static bool check_folder(const char *path, struct error *error)
{
    char folder[PATH_MAX];
    struct stat status;
    size_t there;
    if (!path_existing_folder(path, &there, &status, error) ||
        !check_parts(path, path + there, error))
        return false;
    snprintf(folder, sizeof folder, "%.*s", (int)there, path);
    return try_folder(folder) || path_fail(error, ERROR_RUN, "cannot write", path);
}

bool file_check_folder(const char *folder, struct error *error)
{
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/", folder) < sizeof path)
        return check_folder(path, error);
    errno = ENAMETOOLONG;
    return path_fail(error, ERROR_RUN, "cannot write", folder);
}

bool file_check(const char *path, struct error *error)
{
    struct target target;
    if (strcmp(path, "-") == 0)
        return true;
    if (!find_target(path, &target, error))
        return false;
    int own = target.descriptor ? path_own_descriptor(target.path) : -1;
    if (own >= 0) {
        int flags = fcntl(own, F_GETFL);
        errno = EBADF;
        return (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) ||
               path_fail(error, ERROR_RUN, "cannot write", path);
    }
    if (target.exists && S_ISSOCK(target.status.st_mode))
        return error_set(error, ERROR_RUN, "cannot write %s: it is a socket", path);
    if (target.exists && access(path, W_OK) != 0)
        return path_fail(error, ERROR_RUN, "cannot write", path);
    /* Only opening a device or FIFO shows whether it is usable: everyone may write /dev/tty, but
     * only a process with a terminal has one. A FIFO's reader must not see end of file before
     * anything is written, so the file stays open until the process ends. */
    if (target.exists && !S_ISREG(target.status.st_mode))
        return open_special(path, error) >= 0;
    return target.descriptor || check_folder(target.path, error);
}
