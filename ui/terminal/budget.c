#include "budget.h"

#define BYTES_PER_S 18000.0 /* below the promised 20 kB/s, because responses to keys never wait */
#define MOST_CREDIT 10000.0 /* bytes of one whole screen */

void budget_open(struct budget *budget, uint64_t now_ns)
{
    *budget = (struct budget){.then_ns = now_ns, .credit = MOST_CREDIT};
}

static double credit_at(const struct budget *budget, uint64_t now_ns)
{
    double credit = budget->credit + (double)(now_ns - budget->then_ns) / 1e9 * BYTES_PER_S;
    return credit < MOST_CREDIT ? credit : MOST_CREDIT;
}

void budget_take(struct budget *budget, uint64_t bytes, uint64_t now_ns)
{
    budget->credit = credit_at(budget, now_ns) - (double)bytes;
    budget->then_ns = now_ns;
}

uint64_t budget_wait_ns(const struct budget *budget, uint64_t now_ns)
{
    double credit = credit_at(budget, now_ns);
    return credit >= 0 ? 0 : (uint64_t)(-credit / BYTES_PER_S * 1e9) + 1;
}
