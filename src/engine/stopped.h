/*
 * stopped.h - evidence that the process was stopped (SIGSTOP, Ctrl-Z) or that the machine slept.
 *
 * Such time is no latency. The evidence comes from outside the sample, never from its size: the
 * kernel sends SIGCONT when a stop ends, and CLOCK_BOOTTIME goes on while the machine sleeps but
 * CLOCK_MONOTONIC does not.
 *
 * The thread that measures must see the evidence before it sees the time. The kernel queues SIGCONT
 * before it lets any thread go on, and a thread runs a handler before anything else. So SIGCONT is
 * blocked in all threads but the one that measures. Another thread that takes SIGCONT from the
 * queue must count it first (stopped_note).
 *
 * A SIGCONT that follows no stop looks like the end of one, and counts.
 */
#ifndef SRC_STOPPED_H
#define SRC_STOPPED_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* `take`: handles SIGCONT and unblocks it in the calling thread; else blocks it there. Only one
 * thread at a time may take it. thread_start blocks it in every thread, but threads that a driver
 * starts inherit the mask of their creator. */
void stopped_take(bool take);

/* From now on the handler also writes to this eventfd, which must stay open; -1: to none. */
void stopped_tell(int descriptor);

/* A moment to compare with. */
struct stopped_mark {
    uint64_t continued; /* SIGCONTs so far */
    int64_t ahead_ns;   /* CLOCK_BOOTTIME less CLOCK_MONOTONIC, or a little more */
};
struct stopped_mark stopped_mark(void);

/* Whether the process was continued since then, or the machine slept for more than 1 ms. Exact in
 * the thread that takes SIGCONT. About 60 ns. */
bool stopped_since(const struct stopped_mark *mark);

/* Counts a pending SIGCONT, for a thread that is about to take it from the queue. False: none is
 * pending. */
bool stopped_note(void);

/* Counts a pending SIGCONT and takes it from the queue, if there is one. */
void stopped_collect(void);

/* For a thread that follows the measuring one by the clock: when it looked last. */
struct stopped_looks {
    struct stopped_mark mark;
    uint64_t looked_ns; /* lab clock; 0: never */
    bool late;          /* the last look came late */
};

/* Looks once more, and takes a pending SIGCONT. Returns the time since the last look if the process
 * was stopped in it, else 0. Part of that time, at most usual_ns, it was not stopped.
 *
 * If a look comes later than usual_ns after the last one and shows no stop, then the thread that
 * takes SIGCONT may not have run yet: *late is set, and the caller decides nothing before the next
 * look, which covers this one's time too. It is never set twice in a row. */
uint64_t stopped_look(struct stopped_looks *looks, uint64_t usual_ns, bool *late);

/* Reads a clock, in ns. Tests replace it. */
extern uint64_t (*stopped_read_clock)(clockid_t clock);

#endif
