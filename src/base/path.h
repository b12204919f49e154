/*
 * path.h - what a path refers to: symbolic links, different spellings, files that do not exist
 * yet.
 */
#pragma once

#include "../../kernels/error.h"

#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>

/* Sets *error to "STEP PATH: why", with the reason from errno. Shortens a long path in its middle.
 * Always returns false. */
bool path_fail(struct error *error, enum error_kind kind, const char *step, const char *path);

/* Copies a path. False: the path is too long; *error. */
bool path_copy(char to[PATH_MAX], const char *path, struct error *error);

/* While `path` (a buffer of `size` bytes) is a symbolic link, replaces it by the link's target,
 * which need not exist. Stops at a link in /proc, which refers to an open file. */
bool path_follow(char *path, size_t size, struct error *error);

/* Whether a path is a link in /proc, such as the one that /dev/stdout names. */
bool path_is_descriptor(const char *path);

/* Returns the descriptor of this process that a link in /proc refers to; -1 if the link belongs to
 * another process. */
int path_own_descriptor(const char *path);

/* Writes the folder that contains, or will contain, a file to `folder`. Follows links, including
 * links in /proc to open files. False: *error. */
bool path_folder(const char *path, char folder[PATH_MAX], struct error *error);

/* Finds the deepest existing folder of a path. *length is the length of that part of `path` (0: the
 * working folder), and *status is the status of the folder. False: *error names the part that is
 * not a folder or cannot be accessed. */
bool path_existing_folder(const char *path, size_t *length, struct stat *status,
                          struct error *error);

/* Identifies the file that a path refers to. Two names of one file have the same identity: hard and
 * symbolic links, ./a and a, or a file not created yet in a folder that has two names. */
struct path_identity {
    bool shared;         /* a device, FIFO or open file in /proc: several may write to it */
    dev_t device;        /* of the file, or of the deepest existing folder */
    ino_t inode;         /* the inode of the same file or folder */
    char rest[PATH_MAX]; /* the part of the path to create below that folder; "" if the file
                            exists */
};

/* Finds the identity of a path. False: *error; such a path cannot be written either. */
bool path_identify(const char *path, struct path_identity *identity, struct error *error);

bool path_same(const struct path_identity *a, const struct path_identity *b);

/* Whether `a`, which does not exist yet, would have to become a folder that contains `b`. */
bool path_is_above(const struct path_identity *a, const struct path_identity *b);
