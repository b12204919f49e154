/*
 * progress.h - a line on standard error that says how far a command is. It is written over itself,
 * so it must never wrap: it is fitted to the terminal's present width, whole parts first.
 */
#ifndef SRC_PROGRESS_H
#define SRC_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether anybody sees it: standard error is a terminal. */
bool progress_seen(void);

/* Whether the line that is shown is old enough, 200 ms, to be replaced. */
bool progress_due(void);

/* Replaces the line. The text's parts are separated by ", ", the most important one first. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Takes the line away, if there is one: before anything else is printed. */
void progress_clear(void);

/* Bytes of `text` to show in `columns`: all of it, or as many whole parts as fit, or what fits of
 * the first. */
size_t progress_fit(const char *text, int columns);

#endif
