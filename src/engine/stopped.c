#include "stopped.h"

#include "../../kernels/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>

#define SLEPT_LEAST_NS 1000000 /* a smaller difference may arise between the two clock reads */

static uint64_t continued;
static int told = -1;

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t (*stopped_read_clock)(clockid_t clock) = read_clock;

static void take_continued(int signal_number)
{
    (void)signal_number;
    const int kept = errno;
    const int descriptor = __atomic_load_n(&told, __ATOMIC_ACQUIRE);
    __atomic_fetch_add(&continued, 1, __ATOMIC_SEQ_CST);
    if (descriptor >= 0)
        eventfd_write(descriptor, 1);
    errno = kept;
}

static sigset_t only_continued(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    return set;
}

void stopped_take(bool take)
{
    const sigset_t set = only_continued();
    struct sigaction action = {.sa_handler = take_continued, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (take)
        sigaction(SIGCONT, &action, NULL);
    pthread_sigmask(take ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

void stopped_tell(int descriptor)
{
    __atomic_store_n(&told, descriptor, __ATOMIC_RELEASE);
}

/* A thread may be preempted between two clock readings. Because of the order of the readings, this
 * can only raise the mark, and only lower the value that is compared with it: a sleep may be
 * missed, but none is invented. */
struct stopped_mark stopped_mark(void)
{
    const uint64_t count_now = __atomic_load_n(&continued, __ATOMIC_SEQ_CST);
    const uint64_t awake_ns = stopped_read_clock(CLOCK_MONOTONIC);
    const uint64_t all_ns = stopped_read_clock(CLOCK_BOOTTIME);
    return (struct stopped_mark){.continued = count_now, .ahead_ns = (int64_t)(all_ns - awake_ns)};
}

bool stopped_since(const struct stopped_mark *mark)
{
    const uint64_t all_ns = stopped_read_clock(CLOCK_BOOTTIME);
    const uint64_t awake_ns = stopped_read_clock(CLOCK_MONOTONIC);
    return __atomic_load_n(&continued, __ATOMIC_SEQ_CST) != mark->continued ||
           (int64_t)(all_ns - awake_ns) - mark->ahead_ns > SLEPT_LEAST_NS;
}

bool stopped_note(void)
{
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGCONT) <= 0)
        return false;
    __atomic_fetch_add(&continued, 1, __ATOMIC_SEQ_CST);
    return true;
}

void stopped_collect(void)
{
    const sigset_t set = only_continued();
    if (stopped_note())
        sigtimedwait(&set, NULL, &(struct timespec){0});
}

uint64_t stopped_look(struct stopped_looks *looks, uint64_t usual_ns, bool *late)
{
    stopped_collect();
    /* Take the next mark, then read the clock: a stop between these lines is noticed here or at the
     * next look. */
    const struct stopped_mark mark = stopped_mark();
    const bool stopped = stopped_since(&looks->mark);
    const uint64_t now_ns = clock_now();
    const bool first = looks->looked_ns == 0;
    const uint64_t passed_ns = first ? 0 : now_ns - looks->looked_ns;
    looks->late = *late = !stopped && !looks->late && passed_ns > usual_ns;
    if (looks->late)
        return 0;
    looks->mark = mark;
    looks->looked_ns = now_ns;
    return stopped && !first ? passed_ns : 0;
}
