#include "event.h"
#include "../clock.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPINS_PER_CLOCK_READ 8 /* a clock read costs about as much as a pause */

static inline void pause_core(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void wake_sleepers(struct event *event)
{
    syscall(SYS_futex, &event->word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Sleeps while the word is `word`. A signal (EINTR) also ends the sleep; the caller checks
 * again. */
static void sleep_while(struct event *event, uint32_t word, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / UINT64_C(1000000000)),
                               .tv_nsec = (long)(timeout_ns % UINT64_C(1000000000))};
    syscall(SYS_futex, &event->word, FUTEX_WAIT_PRIVATE, word,
            timeout_ns == EVENT_WAIT_FOREVER ? NULL : &timeout, NULL, 0);
}

void event_signal(struct event *event)
{
    uint32_t word = atomic_load_explicit(&event->word, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&event->word, &word,
                                                  (word & ~EVENT_SLEEPER) + EVENT_ONE,
                                                  memory_order_release, memory_order_relaxed))
        ;
    if (word & EVENT_SLEEPER)
        wake_sleepers(event);
}

void event_break(struct event *event)
{
    uint32_t word = atomic_fetch_or_explicit(&event->word, EVENT_BROKEN, memory_order_release);
    if (word & EVENT_SLEEPER)
        wake_sleepers(event);
}

/* Whether a wait for `target` is over if the event's word is `word`. */
static inline bool is_over(uint32_t word, uint32_t target)
{
    int32_t beyond = (int32_t)((word & ~(EVENT_ONE - 1)) - target * EVENT_ONE);
    return beyond >= 0 || (word & EVENT_BROKEN);
}

static uint32_t spin(struct event *event, uint32_t target, uint64_t begin_ns, uint64_t spin_ns)
{
    uint32_t word;
    do {
        for (int i = 0; i < SPINS_PER_CLOCK_READ; i++) {
            word = atomic_load_explicit(&event->word, memory_order_acquire);
            if (is_over(word, target))
                return word;
            pause_core();
        }
    } while (clock_now() - begin_ns < spin_ns);
    return word;
}

bool event_wait_slow(struct event *event, uint32_t target, uint64_t spin_ns, uint64_t timeout_ns)
{
    const uint64_t begin_ns = clock_now();
    if (spin_ns > timeout_ns)
        spin_ns = timeout_ns;
    uint32_t word = spin_ns > 0 ? spin(event, target, begin_ns, spin_ns)
                                : atomic_load_explicit(&event->word, memory_order_acquire);
    while (!is_over(word, target)) {
        uint64_t left_ns = EVENT_WAIT_FOREVER;
        if (timeout_ns != EVENT_WAIT_FOREVER) {
            uint64_t spent_ns = clock_now() - begin_ns;
            if (spent_ns >= timeout_ns)
                return false;
            left_ns = timeout_ns - spent_ns;
        }
        if ((word & EVENT_SLEEPER) ||
            atomic_compare_exchange_weak_explicit(&event->word, &word, word | EVENT_SLEEPER,
                                                  memory_order_relaxed, memory_order_relaxed))
            sleep_while(event, word | EVENT_SLEEPER, left_ns);
        word = atomic_load_explicit(&event->word, memory_order_acquire);
    }
    return !(word & EVENT_BROKEN);
}
