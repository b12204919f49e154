/*
 * emulator.h - runs a program in a pseudo terminal, with libvterm as the terminal emulator. For
 * benchmarks of when a text appears on the screen, and how many bytes the program writes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <vterm.h>

struct emulator {
    pid_t pid;
    int fd;
    int rows, columns;
    VTerm *vterm;
    VTermScreen *screen;
    uint64_t started_ns; /* just before the fork */
    uint64_t bytes;      /* written by the program so far */
    bool ended;
};

/* Starts argv in a terminal of that size (TERM=xterm-256color, UTF-8). Exits on failure. */
void emulator_start(struct emulator *emulator, const char *const argv[], int rows, int columns);

/* Reads the program's output: waits until there is some, or for timeout_ns. */
void emulator_pump(struct emulator *emulator, uint64_t timeout_ns);

void emulator_type(struct emulator *emulator, const char *keys);

/* The screen as lines of text; valid until the next call. */
const char *emulator_text(struct emulator *emulator);

/* Pumps until the screen contains `text`. Returns the time then, by clock_now; 0: not within
 * timeout_ns. */
uint64_t emulator_wait(struct emulator *emulator, const char *text, uint64_t timeout_ns);

/* Ends the program (types q; after 3 s, SIGKILL) and frees everything. */
void emulator_stop(struct emulator *emulator);
