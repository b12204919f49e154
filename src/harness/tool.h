/*
 * tool.h - other programs and libraries that pdlab uses where they are there.
 */
#ifndef SRC_TOOL_H
#define SRC_TOOL_H

#include <stdbool.h>
#include <stddef.h>

/* Looks for a program on PATH, and writes where it is. */
bool tool_find(const char *program, char *path, size_t size);

/* Whether CUPTI can be loaded. */
bool tool_has_cupti(void);

#endif
