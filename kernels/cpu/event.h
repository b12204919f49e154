/*
 * event.h - how threads wait for each other: a count that goes up, and a barrier made of it.
 *
 * A waiter spins for a while, then sleeps on a futex. Count, "somebody sleeps" and "broken" share
 * one 32-bit word, so who signals learns by the same atomic operation whether there is anybody to
 * wake, and makes no system call when there isn't; and a sleeper that comes too late finds the word
 * changed and does not sleep.
 *
 * No wait has a deadline of its own: a thread that leaves early, because the iteration was stopped,
 * breaks the event that others may wait on because of it, and all of them return.
 *
 * Memory order: a signal releases what the signaller wrote, and a wait that returns true acquires
 * it, of every signal counted so far.
 */
#ifndef KERNELS_CPU_EVENT_H
#define KERNELS_CPU_EVENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CACHE_LINE         64 /* what two threads must not share */
#define EVENT_SLEEPER      1u
#define EVENT_BROKEN       2u
#define EVENT_ONE          4u         /* one signal: the count is in the bits above the flags */
#define EVENT_WAIT_FOREVER UINT64_MAX /* a timeout that never ends */

/* 4 bytes: who puts it somewhere gives it a cache line. All zero: nothing signalled. */
struct event {
    _Atomic uint32_t word;
};

/* Back to nothing signalled. Nobody may be waiting. */
static inline void event_reset(struct event *event)
{
    atomic_store_explicit(&event->word, 0, memory_order_relaxed);
}

/* Adds one to the count and wakes who sleeps. */
void event_signal(struct event *event);

/* Ends every wait, now and until event_reset. */
void event_break(struct event *event);

/* The waiting of event_wait. */
bool event_wait_slow(struct event *event, uint32_t target, uint64_t spin_ns, uint64_t timeout_ns);

/* Waits until `target` signals have been counted (modulo 2^30, within half of that): spins at most
 * spin_ns, then sleeps. True: they have. False: the event is broken, or timeout_ns are over. */
static inline bool event_wait(struct event *event, uint32_t target, uint64_t spin_ns,
                              uint64_t timeout_ns)
{
    uint32_t word = atomic_load_explicit(&event->word, memory_order_acquire);
    if (word / EVENT_ONE == (target & (UINT32_MAX / EVENT_ONE)) && !(word & EVENT_BROKEN))
        return true;
    return event_wait_slow(event, target, spin_ns, timeout_ns);
}

/* Where `members` threads meet again and again. */
struct barrier {
    _Alignas(CACHE_LINE) _Atomic uint32_t arrived;
    uint32_t members;
    _Alignas(CACHE_LINE) struct event generation; /* how many times all have met */
};

/* Nobody may be waiting. */
static inline void barrier_reset(struct barrier *barrier, uint32_t members)
{
    atomic_store_explicit(&barrier->arrived, 0, memory_order_relaxed);
    barrier->members = members;
    event_reset(&barrier->generation);
}

/* Arrives for the `generation`-th meeting since the reset (from 1) and waits for the others. False:
 * somebody has left for good. */
static inline bool barrier_wait(struct barrier *barrier, uint32_t generation, uint64_t spin_ns)
{
    uint32_t before = atomic_fetch_add_explicit(&barrier->arrived, 1, memory_order_acq_rel);
    if (before + 1 == barrier->members) {
        atomic_store_explicit(&barrier->arrived, 0, memory_order_relaxed);
        event_signal(&barrier->generation);
        return true;
    }
    return event_wait(&barrier->generation, generation, spin_ns, EVENT_WAIT_FOREVER);
}

/* Leaves for good: every wait returns false. */
static inline void barrier_break(struct barrier *barrier)
{
    event_break(&barrier->generation);
}

#endif
