#include "clock.h"

#include <stdbool.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

struct clock_scale clock_scale;

#if defined(__x86_64__)

#define CALIBRATION_NS UINT64_C(5000000)

/* CPUID 8000_0007h EDX bit 8: the counter runs at one rate in every power state. */
static bool counter_is_invariant(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

/* A tick and the system time at the same moment: of several readings the one whose two ticks lie
 * closest together, so that an interrupt between them does not count. */
static void read_pair(uint64_t *tick, uint64_t *ns)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 16; i++) {
        struct timespec now;
        uint64_t before = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC_RAW, &now);
        uint64_t after = __rdtsc();
        if (after - before < least) {
            least = after - before;
            *tick = before + least / 2;
            *ns = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
        }
    }
}

void clock_start(void)
{
    if (clock_scale.multiplier != 0 || !counter_is_invariant())
        return;
    uint64_t tick0 = 0, ns0 = 0, tick1 = 0, ns1 = 0;
    read_pair(&tick0, &ns0);
    struct timespec pause = {.tv_nsec = CALIBRATION_NS};
    nanosleep(&pause, NULL);
    read_pair(&tick1, &ns1);
    if (tick1 <= tick0)
        return;
    clock_scale.first_tick = tick0;
    clock_scale.first_ns = ns0;
    clock_scale.multiplier = (uint64_t)(((unsigned __int128)(ns1 - ns0) << 32) / (tick1 - tick0));
}

#else

void clock_start(void)
{
}

#endif

const char *clock_source(void)
{
    return clock_scale.multiplier != 0 ? "TSC" : "CLOCK_MONOTONIC_RAW";
}
