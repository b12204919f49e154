#include "mouse.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#define REPORT_CODE (KEY_MAX + 1) /* what curses makes of "\033[<" */

/* A report that is arriving: "0;10;5M" after its introduction. */
static struct {
    bool arrives;
    char text[24];
    size_t length;
} report;

bool mouse_exists(void)
{
    const char *reports = tigetstr((char *)"kmous");
    return reports && reports != (char *)-1;
}

static void ask(const char *mode)
{
    if (write(STDOUT_FILENO, mode, strlen(mode)) < 0)
        report.arrives = false; /* a terminal that is gone is noticed elsewhere */
}

void mouse_set(bool on)
{
    if (!mouse_exists())
        return;
    report.arrives = false;
    mouseinterval(0); /* a press is an event: nobody waits whether it becomes a double click */
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
    define_key("\033[<", on ? REPORT_CODE : 0);
    ask(on ? "\033[?1006h" : "\033[?1006l");
}

/* Buttons by their number in a report. */
static bool take_button(int button, int row, int column, struct pointer *pointer)
{
    pointer->kind = button == 64   ? POINTER_WHEEL_UP
                    : button == 65 ? POINTER_WHEEL_DOWN
                                   : POINTER_CLICK;
    pointer->row = row;
    pointer->column = column;
    return (button == 0 || button == 64 || button == 65) && row >= 0 && column >= 0;
}

/* The report's numbers: button, column and row. A text that is none of those gives zeros. */
static void read_report(int numbers[3])
{
    char *at = report.text;
    for (int i = 0; i < 3; i++, at += *at == ';')
        numbers[i] = (int)strtol(at, &at, 10);
}

/* A character of a report. It ends with M where a button went down, m where it went up. */
static enum mouse_take take_character(wint_t key, struct pointer *pointer)
{
    if (key == 'M' || key == 'm') {
        int numbers[3];
        report.arrives = false;
        report.text[report.length] = '\0';
        read_report(numbers);
        return key == 'M' && take_button(numbers[0], numbers[2] - 1, numbers[1] - 1, pointer)
                   ? MOUSE_EVENT
                   : MOUSE_PART;
    }
    bool fits = report.length + 1 < sizeof report.text;
    if (fits && ((key >= '0' && key <= '9') || key == ';'))
        report.text[report.length++] = (char)key;
    else
        report.arrives = false;
    return MOUSE_PART;
}

static enum mouse_take take_event(struct pointer *pointer)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return MOUSE_PART;
    int button = event.bstate & BUTTON1_PRESSED   ? 0
                 : event.bstate & BUTTON4_PRESSED ? 64
                 : event.bstate & BUTTON5_PRESSED ? 65
                                                  : -1;
    return take_button(button, event.y, event.x, pointer) ? MOUSE_EVENT : MOUSE_PART;
}

enum mouse_take mouse_take(bool is_code, wint_t key, struct pointer *pointer)
{
    if (!is_code && report.arrives)
        return take_character(key, pointer);
    report.arrives = is_code && key == REPORT_CODE;
    report.length = 0;
    if (report.arrives)
        return MOUSE_PART;
    return is_code && key == KEY_MOUSE ? take_event(pointer) : MOUSE_OTHER;
}
