#include "../../kernels/clock.h"

#include <criterion/criterion.h>
#include <math.h>

static double system_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

Test(clock, runs_as_fast_as_the_system_clock, .init = clock_start)
{
    double begin = system_seconds();
    uint64_t first = clock_now();
    struct timespec pause = {.tv_nsec = 200000000};
    nanosleep(&pause, NULL);
    uint64_t last = clock_now();
    double passed = system_seconds() - begin;
    /* The readings of the two clocks lie apart by what a preemption between them takes. */
    cr_assert_lt(fabs((double)(last - first) / 1e9 - passed), passed / 20);
}

Test(clock, never_goes_back_and_knows_its_step, .init = clock_start)
{
    uint64_t before = clock_now();
    for (int i = 0; i < 100000; i++) {
        uint64_t now = clock_now();
        cr_assert_geq(now, before);
        before = now;
    }
    cr_assert_gt(clock_resolution(), 0);
    cr_assert_lt(clock_resolution(), 100000, "a clock for milliseconds");
}
