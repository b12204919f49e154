#include "../../kernels/clock.h"
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>

static double system_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A reading of the lab's clock between two readings of the system's clock. However long a
 * preemption lasts, the lab's reading is between the other two. */
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

/* Two threads take turns, by a flag alone, for half a second. */
struct relay {
    _Atomic uint32_t turn;
    uint64_t end_ns, told_ns; /* told_ns: the clock before the turn was passed on */
    uint32_t backward;
};

static void take_turns(struct relay *relay, uint32_t parity)
{
    for (uint64_t now_ns = 0; now_ns < relay->end_ns;) {
        uint32_t turn;
        while ((turn = atomic_load_explicit(&relay->turn, memory_order_acquire)) % 2 != parity)
            ;
        now_ns = clock_now();
        relay->backward += now_ns < relay->told_ns;
        relay->told_ns = clock_now();
        atomic_store_explicit(&relay->turn, turn + 1, memory_order_release);
    }
}

static void *take_odd_turns(void *relay)
{
    take_turns(relay, 1);
    return NULL;
}

Test(clock, agrees_with_the_order_of_threads, .init = clock_start, .timeout = 60)
{
    struct relay relay = {.end_ns = clock_now() + 500000000};
    pthread_t other;
    cr_assert_eq(pthread_create(&other, NULL, take_odd_turns, &relay), 0);
    take_turns(&relay, 0);
    pthread_join(other, NULL);
    cr_assert_gt(atomic_load(&relay.turn), 1);
    cr_assert_eq(relay.backward, 0, "%u of %u readings are earlier than a reading before them",
                 relay.backward, atomic_load(&relay.turn));
}
