#include "../../kernels/clock.h"
#include "../../ui/output.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int master;

/* A terminal of our own as standard output, which nobody reads until a test does. */
static void open_terminal(void)
{
    struct error error;
    clock_start();
    master = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct termios raw;
    cr_assert_eq(tcgetattr(slave, &raw), 0);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    fflush(stdout);
    cr_assert_eq(dup2(slave, STDOUT_FILENO), STDOUT_FILENO);
    close(slave);
    cr_assert(output_open(&error), "%s", error.text);
}

TestSuite(output, .init = open_terminal, .fini = output_close);

/* Fills the terminal and leaves bytes pending. */
static size_t fill(void)
{
    static char text[100001];
    memset(text, 'x', sizeof text - 1);
    output_put(text);
    output_send();
    return sizeof text - 1;
}

/* Reads what the terminal has, at most `size` bytes. */
static size_t take(char *bytes, size_t size)
{
    ssize_t length = read(master, bytes, size);
    return length > 0 ? (size_t)length : 0;
}

Test(output, a_terminal_that_does_not_read_makes_nobody_wait)
{
    const size_t all = fill();
    cr_assert_gt(output_pending(), 0);
    cr_assert_lt(output_pending(), all, "it takes some");
    const size_t before = output_pending();
    output_send();
    cr_assert_eq(output_pending(), before);
}

Test(output, what_is_pending_is_sent_whole_and_in_order)
{
    static char bytes[1 << 16];
    size_t left = fill(), pending = output_pending();
    output_put("the end");
    cr_assert_eq(output_pending(), pending + strlen("the end"));
    left += strlen("the end");
    char last[8] = "";
    while (left > 0) {
        size_t length = take(bytes, left < sizeof bytes ? left : sizeof bytes);
        cr_assert_gt(length, 0);
        for (size_t i = 0; i < length; i++, left--)
            if (left <= strlen("the end"))
                last[strlen("the end") - left] = bytes[i];
            else
                cr_assert_eq(bytes[i], 'x');
        output_send();
    }
    cr_assert_str_eq(last, "the end");
    cr_assert_eq(output_pending(), 0);
}

/* A deadline in the past: one attempt. */
Test(output, draining_ends)
{
    fill();
    cr_assert_not(output_drain(0));
    cr_assert_not(output_drain(clock_now() + 1000000));
    output_drop();
    cr_assert(output_drain(0));
}

Test(output, restoring_throws_away_what_the_driver_holds)
{
    static char bytes[1 << 17];
    fill();
    output_drop();
    output_restore(output_descriptor(), NULL, "\033c", 2);
    fcntl(master, F_SETFL, O_NONBLOCK);
    size_t length = 0, got;
    while ((got = take(bytes + length, sizeof bytes - length)) > 0)
        length += got;
    cr_assert_geq(length, 2);
    cr_assert_eq(memcmp(bytes + length - 2, "\033c", 2), 0);
}

/* The shell's open file must never be without blocking. */
Test(output, the_open_file_that_is_shared_stays_as_it_is)
{
    cr_assert_neq(output_descriptor(), STDOUT_FILENO);
    cr_assert_eq(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
    cr_assert_neq(fcntl(output_descriptor(), F_GETFL) & O_NONBLOCK, 0);
}

Test(output, a_terminal_that_is_gone_holds_nothing_up)
{
    fill();
    close(master);
    output_send();
    cr_assert_eq(output_pending(), 0);
    output_put("x");
    cr_assert(output_drain(clock_now() + UINT64_C(60000000000)));
    output_restore(output_descriptor(), NULL, "x", 1);
}
