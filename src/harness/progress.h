/*
 * progress.h - a progress line on standard error. The line is overwritten in place, so it must
 * never wrap: its last parts are dropped until it fits the terminal's current width.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether standard error is a terminal. */
bool progress_seen(void);

/* Whether the line may be replaced: the displayed line is at least 200 ms old. */
bool progress_due(void);

/* Replaces the line. Parts of the text are separated by ", ", the most important one first. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Removes the line, if there is one. Call this before printing anything else. */
void progress_clear(void);

/* Returns how many bytes of `text` fit in `columns`: as many whole parts as fit or, if the first
 * part does not fit, the beginning of that part. */
size_t progress_fit(const char *text, int columns);
