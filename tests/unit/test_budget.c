#include "../../ui/budget.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

/* Frames as large as they like, drawn as soon as they may be. */
static uint64_t sent_in(uint64_t ns, uint64_t frame_bytes)
{
    struct budget budget = {.counter = -1, .credit = 0};
    uint64_t now = 0, sent = 0;
    while (now < ns) {
        uint64_t wait = budget_wait_ns(&budget, now);
        cr_assert_lt(wait, 10 * SECOND);
        now += wait + SECOND / 60;
        budget_take(&budget, frame_bytes, now);
        sent += frame_bytes;
    }
    return sent;
}

Test(budget, no_more_than_20_kilobytes_a_second)
{
    const uint64_t sizes[] = {1, 300, 3000, 30000};
    for (int i = 0; i < 4; i++)
        cr_assert_leq(sent_in(60 * SECOND, sizes[i]), 60 * 20000 + sizes[i]);
    cr_assert_geq(sent_in(60 * SECOND, 3000), 60 * 15000, "and not much less");
}

Test(budget, small_frames_do_not_wait)
{
    struct budget budget = {.counter = -1, .credit = 0};
    for (uint64_t now = SECOND; now < 60 * SECOND; now += SECOND / 60) {
        cr_assert_eq(budget_wait_ns(&budget, now), 0);
        budget_take(&budget, 250, now);
    }
}

/* Writes `bytes` to /dev/null, as part of a frame or between two. */
static void write_bytes(size_t bytes)
{
    static const char zeros[15000];
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (size_t part; bytes > 0; bytes -= part) {
        part = bytes < sizeof zeros ? bytes : sizeof zeros;
        cr_assert_eq(write(file, zeros, part), (ssize_t)part);
    }
    close(file);
}

Test(budget, it_counts_what_a_frame_writes)
{
    struct budget budget;
    budget_open(&budget, 0);
    cr_assert_eq(budget_wait_ns(&budget, 0), 0);
    budget_begin(&budget);
    write_bytes(15000);
    budget_charge(&budget, 0);
    if (budget.counter >= 0)
        cr_assert_gt(budget_wait_ns(&budget, 0), SECOND / 5);
    budget_close(&budget);
}

/* An export of a megabyte must not stop the frames for a minute. */
Test(budget, files_written_between_frames_cost_nothing)
{
    struct budget budget;
    budget_open(&budget, 0);
    for (int frame = 0; frame < 3; frame++) {
        write_bytes(1000000);
        budget_begin(&budget);
        write_bytes(100);
        budget_charge(&budget, 0);
    }
    cr_assert_eq(budget_wait_ns(&budget, 0), 0);
    budget_close(&budget);
}
