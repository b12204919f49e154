/*
 * files.h - whole files in and out.
 */
#ifndef SRC_FILES_H
#define SRC_FILES_H

#include "../../kernels/error.h"

#include <stddef.h>
#include <stdint.h>

/* Writes `length` bytes to `path`. "-" is standard output. A regular or absent path is written
 * whole or not at all: to a temporary file beside it, fsync, rename; a symbolic link is followed
 * and stays. A device, pipe or FIFO is written through, and so is an open file that /dev/stdout,
 * /dev/fd/3 or another link in /proc stands for: what it holds already stays. A FIFO that nothing
 * reads from, a socket and a disk are refused. Every write, fsync and close is checked. Missing
 * folders are made. */
bool file_write(const char *path, const char *bytes, size_t length, struct error *error);

/* Whether file_write writes `path` to standard output: "-", /dev/stdout or another name of it. If
 * its reader has gone, file_write ends the process (standard.h): write such a path last. */
bool file_is_stdout(const char *path);

/* Whether file_write could write `path` as things are, found out before there is anything to write
 * and without changing what is there. A device, or a FIFO that has a reader, is opened and stays so
 * until the process ends. Asks for more than file_write: a file that is there must be writable,
 * although it would be replaced. What a device takes shows only when it is written. */
bool file_check(const char *path, struct error *error);

/* The same of a folder, there or not, and files of any names in it. */
bool file_check_folder(const char *folder, struct error *error);

/* Writes a regular file that must not be there yet, whole or not at all, also where several
 * processes try at once: one of them gets *created, the others leave its file as it is. */
bool file_create(const char *path, const char *bytes, size_t length, bool *created,
                 struct error *error);

/* Appends to a log, which is made if it is missing. One of more than `most` bytes becomes PATH.1
 * first. */
bool file_append(const char *path, const char *bytes, size_t length, uint64_t most,
                 struct error *error);

/* Writes to an open file, however many calls that takes. A pipe whose reader is slow is waited for;
 * once a signal has interrupted the command, for two seconds in all. False: errno. */
bool file_write_all(int file, const char *bytes, size_t length);

/* Reads a whole file of at most `most` bytes into *bytes (malloc, with a NUL after it). What is
 * longer, a folder, a socket, a FIFO that nothing writes to, or can't be read, is refused by name.
 */
bool file_read(const char *path, uint64_t most, char **bytes, size_t *length, struct error *error);

#endif
