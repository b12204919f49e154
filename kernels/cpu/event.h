/*
 * event.h - how threads wait for each other: a monotonic count, and a barrier built on it.
 *
 * A waiter spins for a while, then sleeps on a futex. The count, a "somebody sleeps" flag and a
 * "broken" flag share one 32-bit word. So the atomic operation that signals also reports whether
 * anybody needs waking, and a signal without sleepers makes no system call. A waiter that goes to
 * sleep too late finds the word changed and does not sleep.
 *
 * Waits have no deadline of their own. A thread that leaves early, because the iteration was
 * stopped, breaks the events that other threads may wait on, and all waits return.
 *
 * Memory order: a signal releases the signaller's writes. A wait that returns true acquires the
 * writes of every signal counted so far.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CACHE_LINE         64 /* bytes; the granularity of false sharing */
#define EVENT_SLEEPER      1u
#define EVENT_BROKEN       2u
#define EVENT_ONE          4u         /* one signal: the count is in the bits above the flags */
#define EVENT_WAIT_FOREVER UINT64_MAX /* no timeout */

/* 4 bytes. The owner places it in a separate cache line. All zero: no signals. */
struct event {
    _Atomic uint32_t word;
};

/* Resets the count to zero. No thread may be waiting. */
static inline void event_reset(struct event *event)
{
    atomic_store_explicit(&event->word, 0, memory_order_relaxed);
}

/* Adds one to the count and wakes any sleepers. */
void event_signal(struct event *event);

/* Ends every wait, now and until event_reset. */
void event_break(struct event *event);

/* The slow path of event_wait. */
bool event_wait_slow(struct event *event, uint32_t target, uint64_t spin_ns, uint64_t timeout_ns);

/* Waits until `target` signals have been counted: spins at most spin_ns, then sleeps. The count
 * wraps at 2^30, so `target` must be less than 2^29 away from it. True: counted. False: the event
 * is broken, or timeout_ns have passed. */
static inline bool event_wait(struct event *event, uint32_t target, uint64_t spin_ns,
                              uint64_t timeout_ns)
{
    uint32_t word = atomic_load_explicit(&event->word, memory_order_acquire);
    if (word / EVENT_ONE == (target & (UINT32_MAX / EVENT_ONE)) && !(word & EVENT_BROKEN))
        return true;
    return event_wait_slow(event, target, spin_ns, timeout_ns);
}

/* A reusable barrier for `members` threads. */
struct barrier {
    _Alignas(CACHE_LINE) _Atomic uint32_t arrived;
    uint32_t members;
    _Alignas(CACHE_LINE) struct event generation; /* how many times the barrier has opened */
};

/* Resets the barrier and sets its number of members. No thread may be waiting. */
static inline void barrier_reset(struct barrier *barrier, uint32_t members)
{
    atomic_store_explicit(&barrier->arrived, 0, memory_order_relaxed);
    barrier->members = members;
    event_reset(&barrier->generation);
}

/* Arrives at barrier number `generation` since the reset (from 1) and waits for the other members.
 * False: a member has left for good. */
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

/* Leaves the barrier for good: every wait on it returns false. */
static inline void barrier_break(struct barrier *barrier)
{
    event_break(&barrier->generation);
}
