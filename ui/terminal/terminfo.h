/*
 * terminfo.h - capabilities of the terminal, and the terminfo folder that `make dist` puts beside
 * the program.
 */
#pragma once

/* A string capability of the terminal, after curses was started; NULL if the terminal lacks it. */
const char *terminfo_string(const char *name);

/* Adds that folder to TERMINFO_DIRS, so that curses searches it after the system's folders. Does
 * nothing if there is no such folder. */
void terminfo_add_folder(void);
