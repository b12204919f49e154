#include "../../ui/terminal/signals.h"
#include "../../ui/terminal/terminal.h"
#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

/* Makes a pseudo terminal standard input and output. */
static void open_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert_geq(master, 0);
    cr_assert_eq(grantpt(master), 0);
    cr_assert_eq(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    cr_assert_geq(slave, 0);
    fflush(stdout);
    cr_assert_eq(dup2(slave, STDIN_FILENO), STDIN_FILENO);
    cr_assert_eq(dup2(slave, STDOUT_FILENO), STDOUT_FILENO);
    setenv("TERM", "xterm", 1);
}

TestSuite(terminal, .init = open_terminal);

static bool is_blocked(int signal_number)
{
    sigset_t set;
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
    return sigismember(&set, signal_number) == 1;
}

/* Signals stay blocked until the state is saved. The steps after that may take a while, and Ctrl-C
 * must end them. */
Test(terminal, signals_stay_blocked_until_signals_close)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP};
    struct error error;
    /* A script's background jobs start with some signals ignored. */
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    assert_success(signals_open(&error) && terminal_start(&error));
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        cr_assert(is_blocked(signals[i]));
    terminal_end(false, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        cr_assert(is_blocked(signals[i]));
    signals_close();
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        cr_assert_not(is_blocked(signals[i]));
}
