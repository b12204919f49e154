/*
 * terminfo.h - the terminfo folder beside the program, which `make dist` makes.
 */
#pragma once

/* Has curses look there too, after the system's folders: adds it to TERMINFO_DIRS. Does nothing
 * where there is no such folder. */
void terminfo_add_folder(void);
