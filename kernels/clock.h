/*
 * clock.h - the lab clock: nanoseconds since an arbitrary start, the same on every core.
 *
 * On x86 with an invariant time stamp counter, the clock is that counter, scaled against
 * CLOCK_MONOTONIC_RAW once at clock_start. A read costs about 20 ns and no system call, so even a
 * step of 200 ns can be stamped. Elsewhere the clock is CLOCK_MONOTONIC_RAW.
 */
#pragma once

#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct clock_scale {
    uint64_t multiplier; /* ns per tick, as a 32.32 fixed-point number; 0: use the system clock */
    uint64_t first_tick; /* the tick at time first_ns */
    uint64_t first_ns;
};
extern struct clock_scale clock_scale; /* written once, by clock_start */

/* Calibrates the clock (about 5 ms). Call once, before any thread reads it. */
void clock_start(void);

/* The gap between two consecutive readings, in ns, measured by clock_start: the cost of a reading
 * or the counter's increment, whichever is larger. It is the uncertainty of a stamp. */
uint64_t clock_resolution(void);

/* The clock's source: "TSC" or "CLOCK_MONOTONIC_RAW". */
const char *clock_source(void);

/* CLOCK_MONOTONIC_RAW, in ns. */
static inline uint64_t clock_system(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* The current time, in ns. Never 0. The fence orders the reading after the loads before it: without
 * it, a thread that has waited for another may read a time up to 100 ns before the other's signal.
 */
static inline uint64_t clock_now(void)
{
#if defined(__x86_64__)
    if (clock_scale.multiplier != 0) {
        _mm_lfence();
        uint64_t ticks = __rdtsc() - clock_scale.first_tick;
        unsigned __int128 scaled = (unsigned __int128)ticks * clock_scale.multiplier;
        return clock_scale.first_ns + (uint64_t)(scaled >> 32);
    }
#endif
    return clock_system();
}
