/*
 * child.h - a child process that runs pdlab, or a tool around pdlab: its command line, and how it
 * ended.
 */
#pragma once

#include "../engine/run.h"

#include <sys/types.h>

#define COMMAND_LINE_WORDS 192u
#define COMMAND_LINE_TEXT  16384u

/* A command line: its words, NULL-ended, and their characters. Zero `count` and `length` before the
 * first word. */
struct command_line {
    const char *words[COMMAND_LINE_WORDS];
    size_t count, length;
    char text[COMMAND_LINE_TEXT];
};

/* Appends a word. If there is no room, count becomes COMMAND_LINE_WORDS. */
void command_line_put(struct command_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends the words of a NULL-ended list. */
void command_line_put_words(struct command_line *line, const char *const *words);

/* Appends the flag and the value of a knob. */
void command_line_put_knob(struct command_line *line, enum knob_id id, int64_t value);

/* Appends --model, if `run` reads a model from files. Call it after the flags of the knobs. */
void command_line_put_model(struct command_line *line, const struct run *run);

/* Returns whether the child has ended; *status is then its wait status. If it has not, sleeps 20 ms
 * first. */
bool child_wait(pid_t child, int *status);

/* Sets *error to "NAME was ended by SIGSEGV: QUOTE" or "NAME ended with status 2: QUOTE". `quote`:
 * a line that the child printed, or "". Always returns false. */
bool child_explain_end(int status, const char *name, const char *quote, struct error *error);
