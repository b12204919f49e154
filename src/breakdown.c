#include "breakdown.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

void breakdown_add(struct breakdown *breakdown, const struct breakdown_step *step)
{
    uint64_t left_ns = step->latency_ns;
    const uint64_t barrier_ns =
        step->phased ? least(less(step->barrier_ns, step->lead_ns), left_ns) : 0;
    left_ns -= barrier_ns;
    const uint64_t gap_ns = least(less(step->before_ns, barrier_ns), left_ns);
    left_ns -= gap_ns;
    breakdown->steps++;
    breakdown->phased += step->phased;
    breakdown->step_ns += step->latency_ns;
    breakdown->gap_ns += gap_ns;
    breakdown->data_ns += step->phased ? least(step->data_ns, left_ns) : 0;
    breakdown->barrier_ns += barrier_ns;
    breakdown->spread_ns += step->spread_ns;
}

void breakdown_add_start(struct breakdown *breakdown, uint64_t start_ns)
{
    breakdown->starts++;
    breakdown->start_ns += start_ns;
}

void breakdown_merge(struct breakdown *to, const struct breakdown *from)
{
    to->steps += from->steps;
    to->phased += from->phased;
    to->step_ns += from->step_ns;
    to->gap_ns += from->gap_ns;
    to->data_ns += from->data_ns;
    to->barrier_ns += from->barrier_ns;
    to->spread_ns += from->spread_ns;
    to->starts += from->starts;
    to->start_ns += from->start_ns;
}

uint64_t breakdown_compute_ns(const struct breakdown *breakdown)
{
    return breakdown->step_ns - breakdown->gap_ns - breakdown->data_ns - breakdown->barrier_ns;
}
