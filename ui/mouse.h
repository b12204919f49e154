/*
 * mouse.h - reports of the mouse, in either form that terminals send: SGR (1006), which has no
 * limit of columns, asked for everywhere since others ignore it; and the old form, which curses
 * decodes. Only for terminal.c; keys.h has struct pointer.
 */
#ifndef UI_MOUSE_H
#define UI_MOUSE_H

#include "keys.h"

#include <wchar.h>

/* What turns all reports off, whatever was on: for when the terminal is given back. */
#define MOUSE_OFF "\033[?1006l\033[?1000l"

/* Whether the terminal says that it has a mouse. */
bool mouse_exists(void);

/* Asks for reports, or asks for none. */
void mouse_set(bool on);

enum mouse_take {
    MOUSE_OTHER, /* it is a key */
    MOUSE_PART,  /* of a report, or of one that means nothing here */
    MOUSE_EVENT
};

/* Looks at what get_wch returned: a key code, or a character. Fills *pointer where an event is
 * complete. */
enum mouse_take mouse_take(bool is_code, wint_t key, struct pointer *pointer);

#endif
