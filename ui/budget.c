#include "budget.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BYTES_PER_S 18000.0 /* a little less than what is promised: keys are not made to wait */
#define MOST_CREDIT 10000.0 /* a whole screen, at once */

/* The bytes that this thread has written; 0 where the kernel does not say. */
static uint64_t read_counter(int counter)
{
    char text[512];
    ssize_t length = counter < 0 ? 0 : pread(counter, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    const char *at = strstr(text, "wchar: ");
    return at ? strtoull(at + strlen("wchar: "), NULL, 10) : 0;
}

void budget_open(struct budget *budget, uint64_t now_ns)
{
    *budget = (struct budget){.then_ns = now_ns, .credit = MOST_CREDIT};
    budget->counter = open("/proc/thread-self/io", O_RDONLY | O_CLOEXEC);
}

void budget_close(struct budget *budget)
{
    if (budget->counter >= 0)
        close(budget->counter);
    budget->counter = -1;
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

void budget_begin(struct budget *budget)
{
    budget->written = read_counter(budget->counter);
}

void budget_charge(struct budget *budget, uint64_t now_ns)
{
    uint64_t written = read_counter(budget->counter);
    budget_take(budget, written > budget->written ? written - budget->written : 0, now_ns);
}

uint64_t budget_wait_ns(const struct budget *budget, uint64_t now_ns)
{
    double credit = credit_at(budget, now_ns);
    return credit >= 0 ? 0 : (uint64_t)(-credit / BYTES_PER_S * 1e9) + 1;
}
