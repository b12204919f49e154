/*
 * progress.h - a progress line on standard error. It is overwritten in place, so it must never
 * wrap: whole parts of it are dropped until it fits the terminal's current width.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether standard error is a terminal. */
bool progress_seen(void);

/* Whether the displayed line is at least 200 ms old, so that it may be replaced. */
bool progress_due(void);

/* Replaces the line. Parts of the text are separated by ", ", the most important one first. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Removes the line, if there is one: call it before printing anything else. */
void progress_clear(void);

/* Bytes of `text` that fit in `columns`: whole parts, or if not even the first fits, its
 * beginning. */
size_t progress_fit(const char *text, int columns);
