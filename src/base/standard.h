/*
 * standard.h - the standard descriptors, 0 to 2.
 */
#ifndef SRC_STANDARD_H
#define SRC_STANDARD_H

/* Opens /dev/null on each standard descriptor that the caller left closed, so that no file or
 * socket of ours ever gets its number. Standard output is opened for reading: a write to it fails
 * as it does on a closed descriptor, and the command says that its output is lost. Call it first
 * thing in main, before anything opens a file. */
void standard_open(void);

/* Call it after a write to standard output has failed. If the reader of a pipe has gone, ends the
 * process by SIGPIPE without a word, as `yes | head` ends. Else it returns. pdlab ignores SIGPIPE
 * until then: a command whose table nobody reads still writes its files. */
void standard_end_unread(void);

#endif
