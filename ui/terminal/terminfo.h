/*
 * terminfo.h - the terminfo folder beside the program, which `make dist` makes.
 */
#pragma once

/* A string capability of the terminal, after curses was started; NULL if the terminal lacks it. */
const char *terminfo_string(const char *name);

/* Has curses look there too, after the system's folders: adds it to TERMINFO_DIRS. Does nothing
 * where there is no such folder. */
void terminfo_add_folder(void);
