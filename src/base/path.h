/*
 * path.h - what a path names: through symbolic links and other spellings, there or not yet.
 */
#ifndef SRC_PATH_H
#define SRC_PATH_H

#include "../../kernels/error.h"

#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>

/* Fills *error with what errno says about a path, "STEP PATH: why". A long path is shown by its
 * beginning and its end. Always false. */
bool path_fail(struct error *error, enum error_kind kind, const char *step, const char *path);

/* Replaces `path` (of `size`), while it names a symbolic link, by what the link names, there or
 * not. Stops at a link in /proc, which stands for an open file. */
bool path_follow(char *path, size_t size, struct error *error);

/* Whether a path is a link in /proc, such as the one that /dev/stdout names. */
bool path_is_descriptor(const char *path);

/* The descriptor of this process that a link in /proc stands for; -1: it is another process's. */
int path_own_descriptor(const char *path);

/* Writes the folder that a file is in, or is to be made in, to `folder`: links are followed, also
 * one in /proc to a file that is open. False: *error. */
bool path_folder(const char *path, char folder[PATH_MAX], struct error *error);

/* The folder, there already, below which everything of an absolute or relative path is still to be
 * made: its length in `path`. 0: the working folder. *status is the folder's. False: *error says
 * which part of the path is no folder or can't be looked at. */
bool path_existing_folder(const char *path, size_t *length, struct stat *status,
                          struct error *error);

/* What a path names. Two names of one file are equal: hard and symbolic links, ./a and a, a file
 * that is not there yet in a folder that has two names. */
struct path_identity {
    bool shared;         /* a device, a FIFO, an open file in /proc: several may write to it */
    dev_t device;        /* of the file, or of the folder below which it is to be made */
    ino_t inode;         /* likewise */
    char rest[PATH_MAX]; /* what is to be made below that folder; "" where the file is there */
};

/* False: *error; such a path can't be written either. */
bool path_identify(const char *path, struct path_identity *identity, struct error *error);

bool path_same(const struct path_identity *a, const struct path_identity *b);

/* Whether `a`, which is not there yet, would have to be the folder that `b` is in. */
bool path_is_above(const struct path_identity *a, const struct path_identity *b);

#endif
