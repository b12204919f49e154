#include "signals.h"

#include "../../src/engine/stopped.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Signals that are not listed end the explorer. */
static const unsigned char policies[_NSIG] = {
    [SIGINT] = SIGNAL_QUITS,    [SIGTSTP] = SIGNAL_STOPS,   [SIGTTIN] = SIGNAL_STOPS,
    [SIGTTOU] = SIGNAL_STOPS,   [SIGCONT] = SIGNAL_RESUMES, [SIGWINCH] = SIGNAL_RESIZES,
    [SIGPIPE] = SIGNAL_WRITES,  [SIGXFSZ] = SIGNAL_WRITES,  [SIGSEGV] = SIGNAL_CRASHES,
    [SIGBUS] = SIGNAL_CRASHES,  [SIGFPE] = SIGNAL_CRASHES,  [SIGILL] = SIGNAL_CRASHES,
    [SIGABRT] = SIGNAL_CRASHES, [SIGTRAP] = SIGNAL_CRASHES, [SIGSYS] = SIGNAL_CRASHES,
    [SIGQUIT] = SIGNAL_CRASHES, /* the way out if the main thread hangs */
    [SIGKILL] = SIGNAL_LEFT,    /* keeper.h restores the terminal */
    [SIGSTOP] = SIGNAL_LEFT,    /* SIGCONT is handled */
    [SIGCHLD] = SIGNAL_LEFT,    [SIGURG] = SIGNAL_LEFT,
};

/* One per process, because signals are, too. */
static struct {
    int descriptor; /* an epoll of the two below; -1: not opened */
    int queue;      /* a signalfd */
    int resumed;    /* an eventfd: another thread took SIGCONT. Never closed, because a handler may
                       write to it */
    sigset_t taken;
    struct sigaction kept[_NSIG];
    void (*restore)(void);
} signals = {.descriptor = -1, .queue = -1, .resumed = -1};

enum signal_policy signals_policy(int signal_number)
{
    return (enum signal_policy)policies[signal_number];
}

/* Whether pdlab's parent had the signal ignored. SIGPIPE and SIGXFSZ do not count: main itself
 * ignores them. */
static bool is_ignored(int signal_number)
{
    struct sigaction action;
    return signals_policy(signal_number) != SIGNAL_WRITES &&
           sigaction(signal_number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static bool join(int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(signals.descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

bool signals_open(struct error *error)
{
    sigemptyset(&signals.taken);
    for (int number = 1; number <= SIGRTMAX; number++)
        if (signals_policy(number) < SIGNAL_CRASHES && !is_ignored(number))
            sigaddset(&signals.taken, number);
    pthread_sigmask(SIG_BLOCK, &signals.taken, NULL);
    signals.queue = signalfd(-1, &signals.taken, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals.resumed < 0)
        signals.resumed = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    signals.descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (join(signals.queue) && join(signals.resumed)) {
        stopped_tell(signals.resumed);
        return true;
    }
    error_set(error, ERROR_RUN, "signals can't be watched: %s", strerror(errno));
    signals_close();
    return false;
}

void signals_close(void)
{
    stopped_tell(-1);
    if (signals.queue >= 0)
        close(signals.queue);
    if (signals.descriptor >= 0)
        close(signals.descriptor);
    signals.descriptor = signals.queue = -1;
    pthread_sigmask(SIG_UNBLOCK, &signals.taken, NULL);
}

int signals_descriptor(void)
{
    return signals.descriptor;
}

static bool take_resumed(void)
{
    eventfd_t times;
    return eventfd_read(signals.resumed, &times) == 0;
}

int signals_next(void)
{
    struct signalfd_siginfo info;
    if (take_resumed())
        return SIGCONT;
    stopped_note();
    while (read(signals.queue, &info, sizeof info) == sizeof info) {
        const int number = (int)info.ssi_signo;
        if (signals_policy(number) != SIGNAL_WRITES || info.ssi_pid != (uint32_t)getpid())
            return number;
    }
    return 0;
}

void signals_forget_resumed(void)
{
    stopped_collect();
    take_resumed();
}

bool signals_end_pending(void)
{
    sigset_t pending;
    sigpending(&pending);
    for (int number = 1; number <= SIGRTMAX; number++)
        if (signals_policy(number) <= SIGNAL_QUITS && sigismember(&pending, number) > 0)
            return true;
    return false;
}

static void do_nothing(int signal_number)
{
    (void)signal_number;
}

void signals_keep_actions(void)
{
    const struct sigaction nothing = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction *kept = &signals.kept[number];
        if (sigaction(number, NULL, kept) == 0 && kept->sa_handler == SIG_DFL &&
            signals_policy(number) < SIGNAL_CRASHES)
            sigaction(number, &nothing, NULL);
    }
}

void signals_restore_actions(void)
{
    for (int number = 1; number <= SIGRTMAX; number++)
        sigaction(number, &signals.kept[number], NULL); /* fails for signals that nobody can
                                                           change */
}

static void die_restored(int signal_number)
{
    signals.restore();
    signals_die_of(signal_number);
}

void signals_catch_crashes(void (*restore)(void))
{
    static char stack_memory[64 * 1024];
    stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof stack_memory};
    struct sigaction action = {.sa_handler = die_restored, .sa_flags = SA_ONSTACK | SA_NODEFER};
    signals.restore = restore;
    sigaltstack(&stack, NULL);
    for (int number = 1; number <= SIGRTMAX; number++)
        if (signals_policy(number) == SIGNAL_CRASHES && !is_ignored(number))
            sigaction(number, &action, NULL);
}

void signals_die_of(int signal_number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
