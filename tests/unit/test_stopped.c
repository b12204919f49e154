/*
 * test_stopped.c - stops of the process and sleeps of the machine: how pdlab detects them, and that
 * it leaves out samples from that time. A test cannot put the machine to sleep, so it replaces the
 * clocks.
 */
#include "../../kernels/clock.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/stopped.h"
#include "../../src/engine/targets.h"
#include "../../src/engine/turn.h"
#include "../../src/harness/measure.h"
#include "unit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

static struct stopped_looks looks;
static bool late; /* whether the last look was late */

static void sleep_for(uint64_t ns)
{
    struct timespec left = {.tv_sec = (time_t)(ns / (1000 * MS)),
                            .tv_nsec = (long)(ns % (1000 * MS))};
    while (nanosleep(&left, &left) != 0)
        ;
}

/* ---- sleeps --------------------------------------------------------------------------------- */

static uint64_t awake_ns, slept_ns, between_ns;

/* Time passes after each reading, as if the thread were preempted there. */
static uint64_t read_made_up(clockid_t clock)
{
    const uint64_t now_ns = clock == CLOCK_BOOTTIME ? awake_ns + slept_ns : awake_ns;
    awake_ns += between_ns;
    return now_ns;
}

static void make_up_clocks(void)
{
    clock_start();
    awake_ns = 3600 * 1000 * MS;
    slept_ns = 17 * 1000 * MS;
    between_ns = 0;
    stopped_read_clock = read_made_up;
}

TestSuite(sleep, .init = make_up_clocks);

Test(sleep, time_awake_is_not_evidence)
{
    const struct stopped_mark mark = stopped_mark();
    cr_assert_not(stopped_since(&mark));
    awake_ns += 3600 * 1000 * MS;
    cr_assert_not(stopped_since(&mark));
}

Test(sleep, more_than_a_millisecond_of_sleep_is_evidence)
{
    const struct stopped_mark mark = stopped_mark();
    slept_ns += MS;
    cr_assert_not(stopped_since(&mark));
    slept_ns += 1;
    cr_assert(stopped_since(&mark));
    const struct stopped_mark later = stopped_mark();
    cr_assert_not(stopped_since(&later), "the sleep was before this mark");
}

Test(sleep, a_preempted_reading_is_not_a_sleep)
{
    between_ns = 50 * MS;
    struct stopped_mark mark = stopped_mark();
    cr_assert_not(stopped_since(&mark));
    between_ns = 0;
    cr_assert_not(stopped_since(&mark));
    mark = stopped_mark();
    between_ns = 50 * MS;
    cr_assert_not(stopped_since(&mark));
    slept_ns += 1000 * MS;
    cr_assert(stopped_since(&mark));
}

Test(sleep, a_follower_leaves_out_a_sleep)
{
    stopped_look(&looks, UINT64_MAX, &late);
    const uint64_t begin_ns = looks.looked_ns;
    slept_ns += 1000 * MS;
    const uint64_t left_out_ns = stopped_look(&looks, UINT64_MAX, &late);
    cr_assert_eq(left_out_ns, looks.looked_ns - begin_ns);
    cr_assert_gt(left_out_ns, 0);
    cr_assert_eq(stopped_look(&looks, UINT64_MAX, &late), 0);
}

/* ---- SIGCONT -------------------------------------------------------------------------------- */

TestSuite(stopped, .init = clock_start, .timeout = 120);

Test(stopped, the_thread_that_takes_a_signal_has_counted_it)
{
    const int descriptor = eventfd(0, EFD_NONBLOCK);
    eventfd_t times;
    stopped_tell(descriptor);
    stopped_take(true);
    struct stopped_mark mark = stopped_mark();
    cr_assert_not(stopped_since(&mark));
    kill(getpid(), SIGCONT);
    cr_assert(stopped_since(&mark));
    cr_assert_eq(eventfd_read(descriptor, &times), 0);
    mark = stopped_mark();
    stopped_tell(-1);
    kill(getpid(), SIGCONT);
    cr_assert(stopped_since(&mark));
    cr_assert_neq(eventfd_read(descriptor, &times), 0);
    close(descriptor);
}

/* Otherwise the measuring thread could find the queue empty before the signal is counted. */
Test(stopped, a_signal_is_counted_before_it_leaves_the_queue)
{
    stopped_take(true);
    stopped_take(false);
    const struct stopped_mark mark = stopped_mark();
    cr_assert_not(stopped_note());
    kill(getpid(), SIGCONT);
    cr_assert_not(stopped_since(&mark), "no thread has taken the signal");
    cr_assert(stopped_note());
    cr_assert(stopped_since(&mark));
    cr_assert(stopped_note(), "the signal is still pending");
    stopped_collect();
    cr_assert_not(stopped_note());
}

Test(stopped, a_follower_leaves_out_the_time_since_it_looked)
{
    stopped_take(false);
    kill(getpid(), SIGCONT);
    cr_assert_eq(stopped_look(&looks, UINT64_MAX, &late), 0, "there is no earlier look");
    const uint64_t begin_ns = looks.looked_ns;
    cr_assert_eq(stopped_look(&looks, UINT64_MAX, &late), 0);
    kill(getpid(), SIGCONT);
    sleep_for(5 * MS);
    const uint64_t left_out_ns = stopped_look(&looks, UINT64_MAX, &late);
    cr_assert_geq(left_out_ns, 5 * MS);
    cr_assert_leq(left_out_ns, looks.looked_ns - begin_ns);
    cr_assert_eq(stopped_look(&looks, UINT64_MAX, &late), 0);
}

/* After a late look, the thread that takes SIGCONT may not have run yet. */
Test(stopped, a_late_look_decides_nothing)
{
    stopped_take(false);
    stopped_look(&looks, 5 * MS, &late);
    cr_assert_not(late);
    sleep_for(10 * MS);
    cr_assert_eq(stopped_look(&looks, 5 * MS, &late), 0);
    cr_assert(late);
    kill(getpid(), SIGCONT);
    cr_assert_geq(stopped_look(&looks, 5 * MS, &late), 10 * MS,
                  "without the time before the late look");
    cr_assert_not(late);

    sleep_for(10 * MS);
    stopped_look(&looks, 5 * MS, &late);
    cr_assert(late);
    cr_assert_eq(stopped_look(&looks, 5 * MS, &late), 0,
                 "without evidence of a stop, the time counts");
    cr_assert_not(late, "the look is not late");
}

/* ---- a child that is stopped while it measures ---------------------------------------------- */

#define STOP_NS (1000 * MS)
#define STOPS   3u

static struct isolate isolate;
static struct isolate_order order;

static void begin_order(void)
{
    clock_start();
    order = (struct isolate_order){.knobs = knobs_defaults(), .limit_ns = UINT64_MAX};
    order.knobs.warmup = 2;
}

static void end_order(void)
{
    isolate_close(&isolate);
}

TestSuite(stopped_child, .init = begin_order, .fini = end_order, .timeout = 120);

static void open_with(const struct variant *variant)
{
    struct error error = {0};
    assert_success(
        isolate_open(&isolate, &measure_task, BACKEND_CPU, 0, &variant, 1, &order.knobs, &error));
}

/* Like cpu_persistent, but the process is stopped during some iterations, and one iteration is
 * slow. */
static struct variant unlucky;
static struct variant_ops unlucky_ops;
static uint32_t submitted, last_submitted;
static uint32_t stop_every, stop_last, slow_at; /* stops every stop_every-th submission up to
                                                   stop_last; submission slow_at is slow; 0: none */
static const struct variant *lucky;

static bool submit(void *state, enum look look, struct error *error)
{
    submitted++;
    return lucky->ops->submit(state, look, error);
}

static enum poll_state poll_once(void *state, uint64_t wait_ns, struct stamp_batch *batch,
                                 struct error *error)
{
    const bool first = submitted != last_submitted;
    last_submitted = submitted;
    if (first && submitted <= stop_last && submitted % stop_every == 0)
        raise(SIGSTOP);
    if (first && submitted == slow_at)
        sleep_for(STOP_NS + 50 * MS);
    return lucky->ops->poll(state, wait_ns, batch, error);
}

static void make_unlucky(void)
{
    lucky = variant_find("cpu_persistent");
    unlucky = *lucky;
    unlucky_ops = *lucky->ops;
    unlucky_ops.submit = submit;
    unlucky_ops.poll = poll_once;
    unlucky.ops = &unlucky_ops;
}

/* Continues the child STOP_NS after each stop, until it ends. */
static void *let_go_on(void *context)
{
    const pid_t child = *(pid_t *)context;
    siginfo_t seen;
    while (waitid(P_PID, (id_t)child, &seen, WSTOPPED | WEXITED | WNOWAIT) == 0 &&
           seen.si_code == CLD_STOPPED) {
        waitid(P_PID, (id_t)child, &seen, WSTOPPED);
        sleep_for(STOP_NS);
        kill(child, SIGCONT);
    }
    return NULL;
}

static const struct run *measure_unlucky(void)
{
    pthread_t thread;
    make_unlucky();
    open_with(&unlucky);
    pid_t child = isolate.child;
    cr_assert_eq(pthread_create(&thread, NULL, let_go_on, &child), 0);
    cr_assert(isolate_perform(&isolate, 0, &order), "%s", isolate.runs[0].error.text);
    isolate_rest(&isolate);
    pthread_join(thread, NULL);
    return &isolate.runs[0];
}

static void check_no_sample_is_as_long_as_a_stop(const struct run *run)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        cr_assert_lt(run->histograms[metric].max_ns, STOP_NS, "%s", metric_keys[metric]);
    cr_assert_lt(run->typical.iteration_ns, STOP_NS);
    cr_assert_lt(run->slowest.iteration_ns, STOP_NS);
}

/* There are 49 submissions: the check, two warm-up iterations, 40 recorded iterations, two without
 * stamps, and four that replace the stopped ones. */
Test(stopped_child, an_iteration_with_a_stop_is_left_out_and_another_takes_its_place)
{
    order.knobs.iterations = 40;
    stop_every = 10;
    stop_last = UINT32_MAX;
    const struct run *run = measure_unlucky();
    cr_assert_eq(run->status, RUN_DONE, "%s", run->error.text);
    cr_assert_eq(run->verification.verdict, VERDICT_RIGHT);
    cr_assert_eq(run->stopped_iterations, 4);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 40);
    cr_assert_eq(run->histograms[METRIC_TTFT].count, 40);
    cr_assert_eq(run->histograms[METRIC_STEP].count, 40 * (uint64_t)(run->used.seq_len - 1),
                 "a step of a stopped iteration is recorded");
    check_no_sample_is_as_long_as_a_stop(run);
}

Test(stopped_child, a_stop_before_anything_is_recorded_is_harmless)
{
    order.knobs.iterations = 5;
    stop_every = 1;
    stop_last = 3; /* the check, and two warm-ups */
    const struct run *run = measure_unlucky();
    cr_assert_eq(run->verification.verdict, VERDICT_RIGHT);
    cr_assert_eq(run->stopped_iterations, 0);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 5);
    check_no_sample_is_as_long_as_a_stop(run);
}

Test(stopped_child, a_long_sample_without_a_stop_is_kept)
{
    order.knobs.iterations = 20;
    slow_at = 10;
    const struct run *run = measure_unlucky();
    cr_assert_eq(run->stopped_iterations, 0);
    cr_assert_eq(run->histograms[METRIC_ITERATION].count, 20);
    cr_assert_geq(run->histograms[METRIC_ITERATION].max_ns, STOP_NS);
    cr_assert_geq(run->slowest.iteration_ns, STOP_NS);
}

static void do_nothing(void *context, bool stalled)
{
    (void)context, (void)stalled;
}

/* Runs ten iterations, one of which is stopped. The exit status is the number of iterations that
 * were left out. */
static _Noreturn void iterate_alone(void)
{
    static struct turn turn;
    static struct run alone;
    struct device_info device = {0};
    struct error error = {0};
    struct plan plan;
    uint32_t stop = 0;
    if (!backends[BACKEND_CPU]->open(0, &device, &error) || !run_open(&alone))
        _exit(100);
    if (!variant_plan(&unlucky, &order.knobs, &device, &plan, &error))
        _exit(103);
    run_begin(&alone, &unlucky, &order.knobs, &plan.used, 1);
    if (!turn_begin(&turn, &alone, &plan, &device, &stop, &error))
        _exit(101);
    turn.check_due = false;
    turn.warm_left = 0;
    for (int i = 0; i < 10; i++)
        if (turn_iterate(&turn, &stop, NULL, (struct turn_watch){.call = do_nothing}, &error) !=
            TURN_ITERATED)
            _exit(102);
    turn_end(&turn);
    _exit((int)alone.stopped_iterations);
}

/* Other threads may detect the stop too late. */
Test(stopped_child, the_measuring_thread_detects_a_stop_by_itself)
{
    siginfo_t seen;
    make_unlucky();
    stop_every = stop_last = 5;
    stopped_take(false);
    pid_t child = fork();
    if (child == 0)
        iterate_alone();
    let_go_on(&child);
    cr_assert_eq(waitid(P_PID, (id_t)child, &seen, WEXITED), 0);
    cr_assert_eq(seen.si_code, CLD_EXITED);
    cr_assert_eq(seen.si_status, 1);
}

static uint32_t stops;

/* Stops the child a few ms after it has reported to its parent, and continues it. */
static void stop_and_go_on(const struct isolate *shown, uint32_t index)
{
    siginfo_t seen;
    if (stops == STOPS || shown->progress[index].iterations == 0)
        return;
    /* After this time the child is in an iteration again, even on a busy machine. */
    sleep_for((stops + 1) * 2 * MS);
    kill(shown->child, SIGSTOP);
    waitid(P_PID, (id_t)shown->child, &seen, WSTOPPED);
    sleep_for(STOP_NS);
    kill(shown->child, SIGCONT);
    stops++;
}

Test(stopped_child, stops_do_not_count_against_a_duration)
{
    order.knobs.iterations = 0;
    order.knobs.seq_len = 4096; /* nearly all of the time is spent in iterations */
    order.duration_ns = 1500 * MS;
    const uint64_t begin_ns = clock_now();
    const struct run *run = &isolate.runs[0];
    open_with(variant_find("cpu_persistent"));
    isolate.show = stop_and_go_on;
    cr_assert(isolate_perform(&isolate, 0, &order), "%s", run->error.text);
    cr_assert_eq(stops, STOPS);
    cr_assert_geq(clock_now() - begin_ns, order.duration_ns + STOPS * STOP_NS);
    cr_assert_gt(run->stopped_iterations, 0);
    check_no_sample_is_as_long_as_a_stop(run);
    cr_assert_geq(run->histograms[METRIC_ITERATION].total_ns, order.duration_ns / 2);
}
