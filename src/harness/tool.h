/*
 * tool.h - finds optional external programs and libraries.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Searches PATH for a program, and writes its path. */
bool tool_find(const char *program, char *path, size_t size);

/* Whether CUPTI can be loaded. */
bool tool_has_cupti(void);
