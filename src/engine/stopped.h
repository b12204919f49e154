/*
 * stopped.h - detects that the process was stopped (SIGSTOP, Ctrl-Z) or that the machine slept.
 *
 * Such time is not latency. The evidence comes from outside the sample, never from its size: the
 * kernel sends SIGCONT when a stop ends, and CLOCK_BOOTTIME advances while the machine sleeps
 * but CLOCK_MONOTONIC does not.
 *
 * The measuring thread must see the evidence before it reads the time. The kernel queues SIGCONT
 * before any thread resumes, and a thread runs a handler before anything else. So SIGCONT is
 * blocked in all threads except the measuring one. Another thread that takes SIGCONT from the
 * queue must count it first (stopped_note).
 *
 * A SIGCONT without a preceding stop counts like the end of a stop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* `take`: handles SIGCONT and unblocks it in the calling thread; else blocks it there. Only one
 * thread at a time may take it. thread_start blocks it in every thread, but threads started by a
 * driver inherit the mask of their creator. */
void stopped_take(bool take);

/* From now on the handler also writes to this eventfd, which must stay open; -1: to none. */
void stopped_tell(int descriptor);

/* A moment to compare with. */
struct stopped_mark {
    uint64_t continued; /* SIGCONTs so far */
    int64_t ahead_ns;   /* CLOCK_BOOTTIME minus CLOCK_MONOTONIC, or slightly more */
};
struct stopped_mark stopped_mark(void);

/* Whether, since the mark, the process was continued or the machine slept for more than 1 ms.
 * Exact in the thread that takes SIGCONT. About 60 ns. */
bool stopped_since(const struct stopped_mark *mark);

/* Counts a pending SIGCONT, for a thread that is about to take it from the queue. False: none
 * pending. */
bool stopped_note(void);

/* Counts a pending SIGCONT and takes it from the queue, if there is one. */
void stopped_collect(void);

/* For a thread that checks the measuring thread periodically: the time of its last look. */
struct stopped_looks {
    struct stopped_mark mark;
    uint64_t looked_ns; /* lab clock; 0: never */
    bool late;          /* the last look came late */
};

/* Looks again, and takes a pending SIGCONT. Returns the time since the last look if the process
 * was stopped in it, else 0. At most usual_ns of that time the process was running.
 *
 * If a look comes later than usual_ns after the last one and shows no stop, the thread that
 * takes SIGCONT may not have run yet: *late is set, and the caller must not decide anything
 * before the next look, which also covers the time of this look. *late is never set twice in a row.
 */
uint64_t stopped_look(struct stopped_looks *looks, uint64_t usual_ns, bool *late);

/* Reads a clock, in ns. Tests replace it. */
extern uint64_t (*stopped_read_clock)(clockid_t clock);
