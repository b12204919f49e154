/*
 * streams.h - what is printed reaches a terminal as text, whatever names it was made of.
 */
#ifndef SRC_STREAMS_H
#define SRC_STREAMS_H

/* From here on, what is printed to stdout or to stderr passes a filter: each character that a
 * terminal must not get (text_visible_length) is replaced by '?'; newlines, tabs and carriage
 * returns pass. A name with a newline is for text_make_visible to change: no stream can tell it
 * from the end of a line. The stream keeps its buffering and its errors, and has no descriptor any
 * more: curses must not have it. Documents that go to standard output (file_write) don't pass. */
void streams_guard_stdout(void);
void streams_guard_stderr(void);

#endif
