#include "worker_schedule.h"

#include "times.h"
#include "worker_run.h"

#define LONG_TURN_NS      UINT64_C(10000000000) /* for a run alone with EVIDENCE_LEAST units */
#define LONG_TURN_PREPARE 20u                   /* or, if longer, this many times the preparation */
#define GRANTED_TURN_NS   UINT64_C(800000000)   /* minimum of a time slice that uses a grant */

#define SURVEY_NS       UINT64_C(200000000)
#define SURVEY_LIMIT_NS UINT64_C(3000000000) /* a time slice ends here even without its verdict */

bool worker_schedule_open(struct worker_schedule *schedule)
{
    *schedule = (struct worker_schedule){0};
    turn_order_open(&schedule->order);
    return turn_median_open(&schedule->median);
}

void worker_schedule_close(struct worker_schedule *schedule)
{
    turn_median_close(&schedule->median);
}

static bool can_iterate(const struct run *run)
{
    return run->status < RUN_DONE;
}

/* Whether the run gets time slices repeatedly: it is selected or tagged. */
static bool takes_turns(const struct request *request, uint32_t index)
{
    return index == request->selected || request->tagged >> index & 1;
}

/* 1 << index: the runs that share time slices and can run. */
static uint32_t find_takers(const struct request *request, const struct run *runs)
{
    uint32_t takers = 0;
    for (uint32_t i = 0; i < request->count; i++)
        if (takes_turns(request, i) && can_iterate(&runs[i]))
            takers |= 1u << i;
    return takers;
}

/* Returns a run that has had no time slice in the survey yet; -1: none. */
static int next_in_survey(const struct request *request, const struct run *runs)
{
    for (uint32_t i = 0; request->survey && i < request->count; i++)
        if (!takes_turns(request, i) && runs[i].status == RUN_WAITING)
            return (int)i;
    return -1;
}

/* Whether nothing may run until there is a grant. */
static bool lacks_grant(const struct worker_schedule *schedule, const struct request *request)
{
    return request->yields && request->grants == schedule->spent;
}

void worker_schedule_change(struct worker_schedule *schedule, const struct request *request,
                            const struct request *old, bool free)
{
    schedule->selected_due |= free && (!request->yields || request->selected != old->selected);
}

int worker_schedule_next(struct worker_schedule *schedule, const struct request *request,
                         const struct run *runs, int holder)
{
    const uint32_t selected = request->selected;
    if (request->count == 0 || request->paused || lacks_grant(schedule, request))
        return -1;
    if (holder >= 0)
        return holder;
    const bool first = schedule->selected_due && can_iterate(&runs[selected]);
    schedule->selected_due = false;
    if (first) {
        turn_order_begin(&schedule->order, find_takers(request, runs), selected);
        return (int)selected;
    }
    const int surveyed = next_in_survey(request, runs);
    return surveyed >= 0 ? surveyed : turn_order_next(&schedule->order, find_takers(request, runs));
}

void worker_schedule_begin(struct worker_schedule *schedule, const struct run *run,
                           uint64_t preparing_ns)
{
    schedule->preparing_ns = preparing_ns;
    turn_median_begin(&schedule->median, run);
}

/* The minimum length of a repeated time slice: preparing takes at most half of the time. */
static uint64_t turn_least_ns(const struct worker_schedule *schedule, const struct request *request,
                              const struct run *runs, uint32_t index)
{
    if (request->yields)
        return max_u64(GRANTED_TURN_NS, schedule->preparing_ns);
    if (find_takers(request, runs) == 1u << index) {
        if (!request->survey)
            return UINT64_MAX;
        if (runs[index].turns.units >= EVIDENCE_LEAST && next_in_survey(request, runs) < 0)
            return max_u64(LONG_TURN_NS, LONG_TURN_PREPARE * schedule->preparing_ns);
    }
    return schedule->preparing_ns;
}

bool worker_schedule_has_settled(const struct worker_schedule *schedule,
                                 const struct request *request, const struct run *runs,
                                 uint32_t index, uint64_t turn_ns)
{
    const struct run *run = &runs[index];
    if (run->status != RUN_MEASURING)
        return false;
    const bool enough =
        takes_turns(request, index)
            ? turn_median_is_unit(&schedule->median, run) &&
                  turn_median_taken_ns(&schedule->median, run) >=
                      turn_least_ns(schedule, request, runs, index)
            : run->histograms[METRIC_ITERATION].count >= WORKER_SCHEDULE_SURVEY_ITERATIONS &&
                  turn_ns >= SURVEY_NS;
    return enough && (!worker_run_awaits_verdict(run) || turn_ns >= SURVEY_LIMIT_NS);
}

void worker_schedule_spend(struct worker_schedule *schedule, const struct request *request,
                           uint32_t index)
{
    if (takes_turns(request, index))
        schedule->spent = request->grants;
}

void worker_schedule_end(const struct worker_schedule *schedule, struct run *run)
{
    turn_median_end(&schedule->median, run);
}
