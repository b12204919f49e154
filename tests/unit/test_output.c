#include "../../kernels/clock.h"
#include "../../ui/terminal/output.h"
#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

static int master;

/* Makes a pseudo terminal standard output. Nothing reads it until the test does. */
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
    assert_success(output_open(&error));
}

/* A call that blocks, or a read that waits for lost bytes, ends at the timeout. */
TestSuite(output, .init = open_terminal, .fini = output_close, .timeout = 60);

enum { ALL = 100000 }; /* bytes: more than an unread terminal can buffer */
static const char end[] = "the end";

/* The byte at `place` of the output: first the bytes of fill, whose period divides no buffer size,
 * then `end`. */
static char letter(size_t place)
{
    return place < ALL ? (char)('a' + place % 23) : end[place - ALL];
}

/* Puts more bytes than the terminal takes, so that some are pending. */
static void fill(void)
{
    static char text[ALL + 1];
    for (size_t i = 0; i < ALL; i++)
        text[i] = letter(i);
    output_put(text);
    output_send();
}

/* Reads from the terminal from place `from` on, up to `to`; waits for the first byte. Returns the
 * place after the last byte. */
static size_t take(size_t from, size_t to)
{
    static char bytes[1 << 16];
    const ssize_t length = read(master, bytes, to - from < sizeof bytes ? to - from : sizeof bytes);
    cr_assert_gt(length, 0);
    for (ssize_t i = 0; i < length; i++)
        cr_assert_eq(bytes[i], letter(from + (size_t)i));
    return from + (size_t)length;
}

/* The kernel may move bytes within the terminal at any time, so an attempt may send a few more. */
Test(output, a_terminal_that_is_not_read_does_not_block)
{
    fill();
    size_t before = output_pending();
    cr_assert_lt(before, ALL, "the terminal takes some bytes");
    for (int i = 0; i < 100; i++) {
        output_send();
        const size_t pending = output_pending();
        cr_assert_leq(pending, before);
        cr_assert_gt(pending, 0);
        before = pending;
    }
    for (size_t place = 0; place < ALL - before;)
        place = take(place, ALL - before);
}

Test(output, pending_bytes_are_sent_whole_and_in_order)
{
    fill();
    const size_t before = output_pending(), all = ALL + strlen(end);
    output_put(end);
    cr_assert_eq(output_pending(), before + strlen(end));
    for (size_t place = 0; place < all; output_send())
        place = take(place, all);
    cr_assert_eq(output_pending(), 0);
}

/* A deadline in the past means one attempt. */
Test(output, draining_ends)
{
    fill();
    cr_assert_not(output_drain(0));
    cr_assert_not(output_drain(clock_now() + 1000000));
    output_drop();
    cr_assert(output_drain(0));
}

Test(output, restoring_discards_the_drivers_buffer)
{
    static char bytes[1 << 17];
    fill();
    output_drop();
    output_restore(output_descriptor(), NULL, "\033c", 2);
    output_close();
    close(STDOUT_FILENO); /* without a writer, reading ends */
    ssize_t length = 0, got;
    while ((got = read(master, bytes + length, sizeof bytes - (size_t)length)) > 0)
        length += got;
    cr_assert_geq(length, 2);
    cr_assert_eq(memcmp(bytes + length - 2, "\033c", 2), 0);
}

/* The shell shares the open file behind standard output, which must never become non-blocking. */
Test(output, the_shared_open_file_is_unchanged)
{
    cr_assert_neq(output_descriptor(), STDOUT_FILENO);
    cr_assert_eq(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
    cr_assert_neq(fcntl(output_descriptor(), F_GETFL) & O_NONBLOCK, 0);
}

Test(output, a_closed_terminal_does_not_block)
{
    fill();
    close(master);
    output_send();
    cr_assert_eq(output_pending(), 0);
    output_put("x");
    cr_assert(output_drain(clock_now() + UINT64_C(60000000000)));
    output_restore(output_descriptor(), NULL, "x", 1);
}
