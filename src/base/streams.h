/*
 * streams.h - makes everything printed to stdout and stderr safe for a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* From now on, output to stdout or stderr passes a filter: '?' replaces each character that is
 * unsafe for a terminal (text_visible_length); newlines, tabs and carriage returns pass. Names
 * with newlines need text_make_visible, because a stream cannot distinguish them from line ends.
 * The stream keeps its buffering and errors but no longer has a descriptor, so curses must not
 * use it. Documents written to standard output (file_write) bypass the filter. */
void streams_guard_stdout(void);
void streams_guard_stderr(void);

/* Closes a memory stream; its content is valid only if this returns true. */
bool streams_close(FILE *stream);
