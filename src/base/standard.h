/*
 * standard.h - the standard descriptors, 0 to 2.
 */
#pragma once

/* Opens /dev/null on each standard descriptor that the caller left closed, so that no file or
 * socket of pdlab gets its number. Standard output is opened read-only: a write to it fails as
 * on a closed descriptor, and the command reports the lost output. Call it first in main, before
 * anything opens a file. */
void standard_open(void);

/* Call it after a write to standard output failed. If the reader of the pipe is gone, ends the
 * process silently by SIGPIPE, like `yes | head`. Otherwise returns. pdlab ignores SIGPIPE until
 * then, so that a command whose table nobody reads still writes its files. */
void standard_end_unread(void);
