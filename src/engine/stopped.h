/*
 * stopped.h - detects that the process was stopped (SIGSTOP, Ctrl-Z) or that the machine slept.
 *
 * Such time is not latency. It is recognised by signals and clocks, never by the length of a
 * sample: the kernel sends SIGCONT when a stop ends, and CLOCK_BOOTTIME advances while the machine
 * sleeps but CLOCK_MONOTONIC does not.
 *
 * The measuring thread must know of a stop before it reads the time. The kernel queues SIGCONT
 * before any thread resumes, and a thread runs a handler before anything else. So SIGCONT is
 * blocked in all threads except the measuring one. Another thread that takes SIGCONT from the queue
 * must count it first (stopped_note).
 *
 * A SIGCONT without a preceding stop counts like the end of a stop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* If `take`, installs the handler of SIGCONT and unblocks the signal in the calling thread;
 * otherwise blocks it there. Only one thread at a time may take SIGCONT. thread_start blocks it in
 * every thread, but a thread that a driver starts inherits the mask of its creator. */
void stopped_take(bool take);

/* Makes the handler also write to this eventfd, which must stay open; -1: to no eventfd. */
void stopped_tell(int descriptor);

/* The state at one moment, for stopped_since. */
struct stopped_mark {
    uint64_t continued; /* SIGCONTs so far */
    int64_t ahead_ns;   /* CLOCK_BOOTTIME minus CLOCK_MONOTONIC, or slightly more */
};
struct stopped_mark stopped_mark(void);

/* Whether, since the mark, the process was continued or the machine slept for more than 1 ms. Exact
 * in the thread that takes SIGCONT. Takes about 60 ns. */
bool stopped_since(const struct stopped_mark *mark);

/* Counts a pending SIGCONT, for a thread that is about to take it from the queue. False: none
 * pending. */
bool stopped_note(void);

/* Counts a pending SIGCONT and takes it from the queue, if there is one. */
void stopped_collect(void);

/* The last look of a thread that periodically checks on the measuring thread. */
struct stopped_looks {
    struct stopped_mark mark;
    uint64_t looked_ns; /* lab clock; 0: never */
    bool late;          /* the last look came late */
};

/* Takes a pending SIGCONT, and checks whether the process was stopped since the last look. If so,
 * returns the time since then, of which the process ran at most usual_ns. Otherwise returns 0.
 *
 * If a look comes more than usual_ns after the last one and finds no stop, the thread that takes
 * SIGCONT may not have run yet. Then sets *late: the caller must not act on this look, but wait for
 * the next one, which covers this time too. Never sets *late twice in a row. */
uint64_t stopped_look(struct stopped_looks *looks, uint64_t usual_ns, bool *late);

/* Reads a clock, in ns. Tests replace it. */
extern uint64_t (*stopped_read_clock)(clockid_t clock);
