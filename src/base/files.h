/*
 * files.h - reading and writing whole files.
 */
#pragma once

#include "../../kernels/error.h"

#include <stddef.h>
#include <stdint.h>

/* Writes `length` bytes to `path`. "-" is standard output.
 *
 * A regular or absent file is written whole or not at all: to a temporary file beside it, fsync,
 * rename. A symbolic link is followed and kept. A device, pipe, FIFO or open file (/dev/stdout,
 * /dev/fd/3 or another link in /proc) is written in place and never truncated. A FIFO without a
 * reader, a socket and a disk are refused. Every write, fsync and close is checked. Missing
 * folders are created. */
bool file_write(const char *path, const char *bytes, size_t length, struct error *error);

/* Writes `text` (malloc) like file_write, and frees it. If `text` is NULL, *error reports that
 * memory ran out. */
bool file_write_text(const char *path, char *text, size_t length, struct error *error);

/* Whether `path` means standard output: "-", /dev/stdout or another name for it. If nobody reads
 * standard output any more, file_write ends the process (standard.h), so write such a path last. */
bool file_is_stdout(const char *path);

/* Whether file_write could write `path` now. Changes no existing file. A device, or a FIFO that has
 * a reader, is opened and stays open until the process ends. Stricter than file_write: an existing
 * file must be writable although it would be replaced. Errors of the device itself appear only when
 * it is written. */
bool file_check(const char *path, struct error *error);

/* Whether files could be written in `folder`, which need not exist. */
bool file_check_folder(const char *folder, struct error *error);

/* Writes a regular file that must not exist yet, whole or not at all. If several processes try
 * at once, one gets *created and the others leave its file alone. */
bool file_create(const char *path, const char *bytes, size_t length, bool *created,
                 struct error *error);

/* Appends to a log, and creates it if missing. A log longer than `most` bytes is first renamed
 * to PATH.1. */
bool file_append(const char *path, const char *bytes, size_t length, uint64_t most,
                 struct error *error);

/* Writes all bytes to an open file, in as many calls as needed. Waits for a slow reader of a
 * pipe; after an interruption, for two seconds in total. False: errno says why. */
bool file_write_all(int file, const char *bytes, size_t length);

/* Reads a whole file of at most `most` bytes into *bytes (malloc, with a NUL after it). Refuses
 * longer files, folders, sockets, FIFOs without a writer, and unreadable files. */
bool file_read(const char *path, uint64_t most, char **bytes, size_t *length, struct error *error);
