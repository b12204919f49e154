#include "turn_order.h"

#include "../../kernels/inputs.h"

#include <sys/random.h>
#include <time.h>

void turn_order_open(struct turn_order *order)
{
    struct timespec now;
    *order = (struct turn_order){0};
    if (getrandom(&order->seed, sizeof order->seed, 0) == (ssize_t)sizeof order->seed)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    order->seed = (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec;
}

void turn_order_begin(struct turn_order *order, uint32_t candidates, uint32_t first)
{
    order->left = candidates & ~(1u << first);
}

/* Returns a random number below `limit`, which is so small that the bias of % does not matter. */
static uint32_t draw(struct turn_order *order, uint32_t limit)
{
    uint32_t words[4] = {(uint32_t)order->drawn, (uint32_t)(order->drawn >> 32), 0, 0};
    order->drawn++;
    philox4x32_10(words, (uint32_t)order->seed, (uint32_t)(order->seed >> 32));
    return words[0] % limit;
}

int turn_order_next(struct turn_order *order, uint32_t candidates)
{
    if (candidates == 0)
        return -1;
    order->left &= candidates;
    if (order->left == 0)
        order->left = candidates;
    uint32_t rest = order->left;
    for (uint32_t skip = draw(order, (uint32_t)__builtin_popcount(rest)); skip > 0; skip--)
        rest &= rest - 1;
    const int next = __builtin_ctz(rest);
    order->left &= ~(1u << next);
    return next;
}
