#include "clock.h"

#include <stdbool.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define RESOLUTION_READS 1001

struct clock_scale clock_scale;
static uint64_t resolution_ns;

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The median difference between consecutive readings. */
static uint64_t find_resolution(void)
{
    uint64_t steps[RESOLUTION_READS], before = clock_now();
    for (int i = 0; i < RESOLUTION_READS; i++) {
        uint64_t now = clock_now();
        steps[i] = now - before;
        before = now;
    }
    qsort(steps, RESOLUTION_READS, sizeof *steps, ascending);
    return steps[RESOLUTION_READS / 2];
}

uint64_t clock_resolution(void)
{
    return resolution_ns;
}

#if defined(__x86_64__)

#define CALIBRATION_NS UINT64_C(5000000)

/* Whether the counter runs at one rate in every power state: CPUID 8000_0007h, EDX bit 8. */
static bool counter_is_invariant(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

/* Reads a tick and the system time at the same moment. Of several readings, keeps the one whose two
 * ticks are closest together, so an interrupt between them does no harm. */
static void read_pair(uint64_t *tick, uint64_t *ns)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 16; i++) {
        uint64_t before = __rdtsc(), now = clock_system(), after = __rdtsc();
        if (after - before < least) {
            least = after - before;
            *tick = before + least / 2;
            *ns = now;
        }
    }
}

/* Scales the counter if it is invariant. */
static void scale_counter(void)
{
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

void clock_start(void)
{
    if (clock_scale.multiplier != 0)
        return;
    if (counter_is_invariant())
        scale_counter();
    resolution_ns = find_resolution();
}

#else

void clock_start(void)
{
    resolution_ns = find_resolution();
}

#endif

const char *clock_source(void)
{
    return clock_scale.multiplier != 0 ? "TSC" : "CLOCK_MONOTONIC_RAW";
}
