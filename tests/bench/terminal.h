/*
 * terminal.h - a program in a pseudo terminal, with libvterm as the terminal: for benchmarks that
 * ask when something was on the screen, and how many bytes it took.
 */
#ifndef BENCH_TERMINAL_H
#define BENCH_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <vterm.h>

struct terminal {
    pid_t pid;
    int fd;
    int rows, columns;
    VTerm *vterm;
    VTermScreen *screen;
    uint64_t started_ns; /* just before the fork */
    uint64_t bytes;      /* that the program has written */
    bool ended;
};

/* Starts argv in a terminal of that size (TERM=xterm-256color, UTF-8). Exits where it can't. */
void terminal_start(struct terminal *terminal, const char *const argv[], int rows, int columns);

/* Takes in what the program writes, for at most timeout_ns or until something came. */
void terminal_pump(struct terminal *terminal, uint64_t timeout_ns);

void terminal_type(struct terminal *terminal, const char *keys);

/* The screen as lines of text, valid until the next call. */
const char *terminal_text(struct terminal *terminal);

/* Pumps until the screen holds `text`; the time at which it did, 0 if not within timeout_ns. */
uint64_t terminal_wait(struct terminal *terminal, const char *text, uint64_t timeout_ns);

/* Ends the program (q, then SIGKILL) and frees all. */
void terminal_stop(struct terminal *terminal);

#endif
