#include "path.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MOST 40
#define SHOWN      320 /* most columns of a path in an error: leaves room for the reason */

bool path_fail(struct error *error, enum error_kind kind, const char *step, const char *path)
{
    const char *reason = strerror(errno);
    char shown[SHOWN];
    return error_set(error, kind, "%s %s: %s", step, text_visible(shown, sizeof shown, path),
                     reason);
}

/* Like path_fail for an output, with the errno value `number` as the reason. */
static bool refuse(struct error *error, const char *step, const char *path, int number)
{
    errno = number;
    return path_fail(error, ERROR_RUN, step, path);
}

bool path_copy(char to[PATH_MAX], const char *path, struct error *error)
{
    return (size_t)snprintf(to, PATH_MAX, "%s", path) < PATH_MAX ||
           refuse(error, "cannot write", path, ENAMETOOLONG);
}

/* ---- links ---------------------------------------------------------------------------------- */

bool path_is_descriptor(const char *path)
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

int path_own_descriptor(const char *path)
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

bool path_follow(char *path, size_t size, struct error *error)
{
    for (int links = 0; links < LINKS_MOST; links++) {
        char target[PATH_MAX];
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length < 0 || path_is_descriptor(path))
            return true; /* other errors appear when the path is written */
        target[length] = '\0';

        char *slash = strrchr(path, '/');
        size_t kept = slash && target[0] != '/' ? (size_t)(slash + 1 - path) : 0;
        if (kept + (size_t)length >= size)
            return refuse(error, "cannot follow the link", path, ENAMETOOLONG);
        memcpy(path + kept, target, (size_t)length + 1);
    }
    return refuse(error, "cannot follow the link", path, ELOOP);
}

bool path_folder(const char *path, char folder[PATH_MAX], struct error *error)
{
    char target[PATH_MAX];
    struct stat status;
    if (!path_copy(folder, path, error) || !path_follow(folder, PATH_MAX, error))
        return false;
    if (path_is_descriptor(folder) && stat(folder, &status) == 0 && S_ISREG(status.st_mode)) {
        ssize_t length = readlink(folder, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        memcpy(folder, target, sizeof target);
    }
    char *slash = strrchr(folder, '/');
    snprintf(slash ? slash + 1 : folder, 2, ".");
    return true;
}

/* ---- existing parts ------------------------------------------------------------------------- */

bool path_existing_folder(const char *path, size_t *length, struct stat *status,
                          struct error *error)
{
    char folder[PATH_MAX];
    *length = path[0] == '/';
    if (stat(path[0] == '/' ? "/" : ".", status) != 0)
        return refuse(error, "cannot read the status of the folder of", path, errno);
    for (const char *slash = path; (slash = strchr(slash + 1, '/'));) {
        struct stat found, link;
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        if (stat(folder, &found) != 0) {
            int number = errno;
            if (number != ENOENT)
                return refuse(error, "cannot read the status of the folder", folder, number);
            return lstat(folder, &link) != 0 ||
                   error_set(error, ERROR_RUN, "cannot write %s: %s is a dangling link", path,
                             folder);
        }
        if (!S_ISDIR(found.st_mode))
            return error_set(error, ERROR_RUN, "cannot write %s: %s is not a folder", path, folder);
        *status = found;
        *length = (size_t)(slash - path) + 1;
    }
    return true;
}

/* Appends one part to a path; ".." removes the last one. */
static bool append_part(char *whole, const char *part, size_t length)
{
    size_t held = strlen(whole);
    if (length == 0 || (length == 1 && part[0] == '.'))
        return true;
    if (length == 2 && part[0] == '.' && part[1] == '.') {
        char *slash = strrchr(whole, '/');
        *(slash ? slash : whole) = '\0';
        return true;
    }
    return (size_t)snprintf(whole + held, PATH_MAX - held, "/%.*s", (int)length, part) <
           PATH_MAX - held;
}

/* Makes `path` absolute: resolves links and dots in the existing part, and dots in the rest. */
static bool straighten(char path[PATH_MAX], struct error *error)
{
    char whole[PATH_MAX], folder[PATH_MAX];
    struct stat status;
    size_t there;
    if (!path_existing_folder(path, &there, &status, error))
        return false;
    snprintf(folder, sizeof folder, "%.*s", (int)there, path);
    if (!realpath(there > 0 ? folder : ".", whole))
        return refuse(error, "cannot read the status of the folder", folder, errno);
    if (strcmp(whole, "/") == 0)
        whole[0] = '\0';
    for (const char *part = path + there; *part; part += *part == '/') {
        size_t length = strcspn(part, "/");
        if (!append_part(whole, part, length))
            return refuse(error, "cannot write", path, ENAMETOOLONG);
        part += length;
    }
    memcpy(path, whole, sizeof whole);
    return true;
}

/* ---- identity ------------------------------------------------------------------------------- */

static void take_status(struct path_identity *identity, const struct stat *status)
{
    identity->device = status->st_dev;
    identity->inode = status->st_ino;
    identity->shared = !S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode);
}

bool path_identify(const char *path, struct path_identity *identity, struct error *error)
{
    char target[PATH_MAX], before[PATH_MAX];
    struct stat status;
    size_t there;
    *identity = (struct path_identity){0};
    if (!path_copy(target, path, error))
        return false;
    if (stat(path, &status) == 0) {
        take_status(identity, &status);
        identity->shared |= path_follow(target, sizeof target, error) && path_is_descriptor(target);
        return true;
    }
    /* A resolved path may exist, or lead through a link, although the original did not:
     * "missing/../link/file". */
    for (int round = 0; round < LINKS_MOST; round++) {
        memcpy(before, target, sizeof before);
        if (!path_follow(target, sizeof target, error) || !straighten(target, error))
            return false;
        if (strcmp(before, target) == 0)
            break;
    }
    if (stat(target, &status) == 0) {
        take_status(identity, &status);
        return true;
    }
    if (!path_existing_folder(target, &there, &status, error))
        return false;
    take_status(identity, &status);
    snprintf(identity->rest, sizeof identity->rest, "%s", target + there);
    return true;
}

bool path_same(const struct path_identity *a, const struct path_identity *b)
{
    return a->device == b->device && a->inode == b->inode && strcmp(a->rest, b->rest) == 0;
}

bool path_is_above(const struct path_identity *a, const struct path_identity *b)
{
    size_t length = strlen(a->rest);
    return a->device == b->device && a->inode == b->inode && length > 0 &&
           strncmp(a->rest, b->rest, length) == 0 && b->rest[length] == '/';
}
