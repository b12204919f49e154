#include "../../src/engine/turn_order.h"
#include "unit.h"

Test(turn_order, every_candidate_has_one_time_slice_per_cycle)
{
    struct turn_order order;
    const uint32_t candidates = 1u << 0 | 1u << 3 | 1u << 31;
    turn_order_open(&order);
    for (int cycle = 0; cycle < 1000; cycle++) {
        uint32_t had = 0;
        for (int i = 0; i < 3; i++)
            had |= 1u << turn_order_next(&order, candidates);
        cr_assert_eq(had, candidates);
    }
}

/* Three variants have six orders. In 6,000 cycles each occurs 1,000 times, plus or minus 29. */
Test(turn_order, every_order_is_equally_frequent)
{
    struct turn_order order = {.seed = 11};
    int seen[27] = {0};
    for (int cycle = 0; cycle < 6000; cycle++) {
        int number = 0;
        for (int i = 0; i < 3; i++)
            number = 3 * number + turn_order_next(&order, 7);
        seen[number]++;
    }
    int orders = 0;
    for (int number = 0; number < 27; number++) {
        cr_assert(seen[number] == 0 || (seen[number] > 855 && seen[number] < 1145), "%d: %d",
                  number, seen[number]);
        orders += seen[number] > 0;
    }
    cr_assert_eq(orders, 6);
}

Test(turn_order, a_cycle_may_begin_with_a_given_run)
{
    struct turn_order order;
    turn_order_open(&order);
    turn_order_begin(&order, 7, 1);
    const uint32_t others = 1u << turn_order_next(&order, 7) | 1u << turn_order_next(&order, 7);
    cr_assert_eq(others, 5, "run 1 has had its time slice");
    turn_order_begin(&order, 2, 1);
    cr_assert_eq(turn_order_next(&order, 2), 1, "the only candidate comes again");
}

Test(turn_order, candidates_come_and_go)
{
    struct turn_order order = {.seed = 2};
    turn_order_begin(&order, 3, 0);
    const uint32_t both = 1u << turn_order_next(&order, 5) | 1u << turn_order_next(&order, 5);
    cr_assert_eq(both, 5, "the rest of the cycle is gone, so a new cycle begins");
    cr_assert_eq(turn_order_next(&order, 0), -1);
}

Test(turn_order, no_two_workers_share_an_order)
{
    struct turn_order a, b;
    turn_order_open(&a);
    turn_order_open(&b);
    cr_assert_neq(a.seed, b.seed);
}
