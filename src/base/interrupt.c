#include "interrupt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ONCE_NS   1000000000 /* signals this close together count as one */
#define STATUS_OF 128        /* a shell's exit status for a process killed by signal N is 128 + N */

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
#define NUMBERS (sizeof numbers / sizeof *numbers)

volatile sig_atomic_t interrupt_level;
uint32_t interrupt_stop;

/* The last signal that raised interrupt_level. */
static volatile sig_atomic_t taken_number;
static struct timespec taken;

/* These handlers run at any moment, so they use only async-signal-safe functions. */
static void leave(int number)
{
    static const char line[] = "pdlab: interrupted\n";
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
    (void)written;
    _exit(STATUS_OF + number);
}

static void take(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t since_ns =
        (now.tv_sec - taken.tv_sec) * INT64_C(1000000000) + now.tv_nsec - taken.tv_nsec;
    if (interrupt_level > 0 && since_ns < ONCE_NS)
        return;
    if (interrupt_level == 2)
        leave(number);
    taken = now;
    taken_number = number;
    interrupt_level++;
    __atomic_store_n(&interrupt_stop, 1, __ATOMIC_RELEASE);
}

static void handle(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}, before;
    for (size_t i = 0; i < NUMBERS; i++)
        sigaddset(&action.sa_mask, numbers[i]);
    for (size_t i = 0; i < NUMBERS; i++) {
        bool kept = numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 &&
                    before.sa_handler == SIG_IGN;
        if (!kept)
            sigaction(numbers[i], &action, NULL);
    }
}

void interrupt_watch(void)
{
    handle(take);
}

void interrupt_leave(void)
{
    handle(leave);
}

void interrupt_ignore(void)
{
    handle(SIG_IGN);
}

int interrupt_end(const char *detail)
{
    fprintf(stderr, "pdlab: interrupted by SIG%s: %s\n", sigabbrev_np(taken_number), detail);
    return STATUS_OF + taken_number;
}
