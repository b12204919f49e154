#include "../../ui/terminal/budget.h"
#include "unit.h"

#define SECOND UINT64_C(1000000000)

/* Returns the bytes sent in `ns` if frames of this size are drawn as early as the budget allows. */
static uint64_t sent_in(uint64_t ns, uint64_t frame_bytes)
{
    struct budget budget = {.credit = 0};
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
    struct budget budget = {.credit = 0};
    for (uint64_t now = SECOND; now < 60 * SECOND; now += SECOND / 60) {
        cr_assert_eq(budget_wait_ns(&budget, now), 0);
        budget_take(&budget, 250, now);
    }
}
