#include "../../src/engine/stopped.h"
#include "../../ui/terminal/signals.h"
#include "unit.h"

#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct error error;

/* What a signal does to a process that does not handle it. */
static int fate_of(int signal_number)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        setpgid(0, 0); /* the members of an orphaned group are never stopped */
        signal(signal_number, SIG_DFL);
        raise(signal_number);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, WUNTRACED), child);
    if (WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return status;
}

/* The kernel knows which signals end or stop a process by default. The table must agree. */
Test(signals, the_table_has_every_signal)
{
    signal(SIGCHLD, SIG_DFL);
    for (int number = 1; number <= SIGRTMAX; number++) {
        const enum signal_policy policy = signals_policy(number);
        if (number > 31 && number < SIGRTMIN) /* the C library uses these */
            continue;
        const int status = fate_of(number);
        if (number == SIGKILL || number == SIGSTOP)
            cr_assert_eq(policy, SIGNAL_LEFT);
        else if (WIFSTOPPED(status))
            cr_assert_eq(policy, SIGNAL_STOPS, "signal %d", number);
        else if (WIFSIGNALED(status))
            cr_assert(policy == SIGNAL_ENDS || policy == SIGNAL_QUITS || policy == SIGNAL_WRITES ||
                          policy == SIGNAL_CRASHES,
                      "signal %d", number);
        else
            cr_assert(policy == SIGNAL_LEFT || policy == SIGNAL_RESUMES || policy == SIGNAL_RESIZES,
                      "signal %d", number);
    }
}

static void send_from_elsewhere(int signal_number)
{
    const pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0)
        _exit(kill(parent, signal_number));
    cr_assert_eq(waitpid(child, NULL, 0), child);
}

Test(signals, no_signal_is_lost_while_another_is_handled)
{
    assert_success(signals_open(&error));
    send_from_elsewhere(SIGTERM);
    send_from_elsewhere(SIGUSR1);
    send_from_elsewhere(SIGRTMAX);
    int seen = 0;
    for (int number; (number = signals_next()) != 0; seen++)
        cr_assert(number == SIGTERM || number == SIGUSR1 || number == SIGRTMAX);
    cr_assert_eq(seen, 3);
    signals_close();
}

static bool is_readable(void)
{
    struct pollfd events = {.fd = signals_descriptor(), .events = POLLIN};
    return poll(&events, 1, 0) == 1;
}

/* The measuring thread relies on this order (stopped.h). */
Test(signals, a_resume_is_counted_before_it_is_handed_out)
{
    assert_success(signals_open(&error));
    const struct stopped_mark mark = stopped_mark();
    cr_assert_not(is_readable());
    send_from_elsewhere(SIGCONT);
    cr_assert(is_readable());
    cr_assert_eq(signals_next(), SIGCONT);
    cr_assert(stopped_since(&mark));
    cr_assert_eq(signals_next(), 0);
    cr_assert_not(is_readable());
    send_from_elsewhere(SIGCONT);
    signals_forget_resumed();
    cr_assert_eq(signals_next(), 0);
    signals_close();
}

/* Takes SIGCONT, like the worker's thread while it measures. */
static void *resume_here(void *context)
{
    (void)context;
    stopped_take(true);
    send_from_elsewhere(SIGCONT);
    return NULL;
}

Test(signals, a_resume_that_another_thread_takes_is_handed_out)
{
    pthread_t thread;
    assert_success(signals_open(&error));
    for (int forget = 0; forget < 2; forget++) {
        cr_assert_eq(pthread_create(&thread, NULL, resume_here, NULL), 0);
        pthread_join(thread, NULL);
        cr_assert(is_readable());
        if (forget)
            signals_forget_resumed();
        else
            cr_assert_eq(signals_next(), SIGCONT);
        cr_assert_eq(signals_next(), 0);
        cr_assert_not(is_readable());
    }
    signals_close();
}

/* A failed write raises SIGPIPE, which must not end the process. Neither must SIGPIPE from another
 * process. */
Test(signals, a_failed_write_ends_nothing)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    assert_success(signals_open(&error));
    cr_assert_eq(pipe(ends), 0);
    close(ends[0]);
    cr_assert_lt(write(ends[1], "", 1), 0);
    close(ends[1]);
    cr_assert_eq(signals_next(), 0);
    send_from_elsewhere(SIGPIPE);
    cr_assert_eq(signals_next(), SIGPIPE);
    signals_close();
}

Test(signals, signals_ignored_by_nohup_stay_ignored)
{
    signal(SIGHUP, SIG_IGN);
    assert_success(signals_open(&error));
    send_from_elsewhere(SIGHUP);
    cr_assert_eq(signals_next(), 0);
    signals_close();
}

/* curses installs handlers only for signals with the default action. Background jobs of a script,
 * and jobs under nohup, start with some signals ignored, so the test sets the default. */
Test(signals, curses_installs_no_handler)
{
    struct sigaction action;
    signal(SIGHUP, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signals_keep_actions();
    for (int number = 1; number <= SIGRTMAX; number++)
        if (signals_policy(number) < SIGNAL_CRASHES && sigaction(number, NULL, &action) == 0)
            cr_assert(action.sa_handler != SIG_DFL, "signal %d", number);
    signals_restore_actions();
    for (int number = 1; number <= SIGRTMAX; number++)
        if (signals_policy(number) < SIGNAL_CRASHES && sigaction(number, NULL, &action) == 0)
            cr_assert(action.sa_handler == SIG_DFL, "signal %d", number);
}
