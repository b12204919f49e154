#include "../../kernels/clock.h"
#include "unit.h"

static double system_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The lab's clock between two readings of the system's: however long a preemption lasts, its time
 * is between theirs. */
struct reading {
    double before_s, lab_s, after_s;
};

static struct reading read_clocks(void)
{
    struct reading reading;
    reading.before_s = system_seconds();
    reading.lab_s = (double)clock_now() / 1e9;
    reading.after_s = system_seconds();
    return reading;
}

Test(clock, runs_as_fast_as_the_system_clock, .init = clock_start)
{
    const struct timespec pause = {.tv_nsec = 200000000};
    const struct reading first = read_clocks();
    nanosleep(&pause, NULL);
    const struct reading last = read_clocks();
    const double passed = last.lab_s - first.lab_s;
    cr_assert_gt(passed, 0.95 * (last.before_s - first.after_s));
    cr_assert_lt(passed, 1.05 * (last.after_s - first.before_s));
}

Test(clock, is_monotonic_and_knows_its_resolution, .init = clock_start)
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
