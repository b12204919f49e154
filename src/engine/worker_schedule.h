/*
 * worker_schedule.h - decides which run gets the next time slice, and how long it lasts. Private to
 * the worker.
 *
 * The selected run and the tagged runs share the device: in each cycle, each gets one time slice,
 * in random order. Each time slice prepares its variant anew and becomes a unit of evidence
 * (turn_median.h). In a survey, every other run first gets one short time slice, but not before the
 * selected run's.
 *
 * If no run is tagged, the selected run keeps the device. In a survey, it is prepared anew for as
 * many time slices as a verdict needs; after that, its time slices are so long that preparation
 * costs almost nothing.
 *
 * The schedule has no thread and no clock. `index` is the index of a run in the request; `runs` are
 * the request's runs.
 */
#pragma once

#include "turn_median.h"
#include "turn_order.h"
#include "worker.h"

#define WORKER_SCHEDULE_SURVEY_ITERATIONS 10u /* fewer do not count as a survey's time slice */

struct worker_schedule {
    struct turn_order order;
    struct turn_median median; /* median of the current time slice */
    uint64_t preparing_ns;     /* time to prepare the current variant */
    uint32_t spent;            /* request.grants when the last grant was used */
    bool selected_due;         /* the selected run goes before all others */
};

/* Allocates memory. False: out of memory. Call worker_schedule_close even then. */
bool worker_schedule_open(struct worker_schedule *schedule);
void worker_schedule_close(struct worker_schedule *schedule);

/* Call when `request` replaces `old`. `free`: no run has the device. Then the selected run is next;
 * if time slices use grants, only if the selection changed. */
void worker_schedule_change(struct worker_schedule *schedule, const struct request *request,
                            const struct request *old, bool free);

/* Returns the run that is next; -1: none, because nothing is left to measure, the request is
 * paused, or there is no grant. The run `holder` has the device, and keeps it until its time slice
 * is ended; -1: no run has it. */
int worker_schedule_next(struct worker_schedule *schedule, const struct request *request,
                         const struct run *runs, int holder);

/* Call when a time slice of the run begins; preparing its variant took preparing_ns. */
void worker_schedule_begin(struct worker_schedule *schedule, const struct run *run,
                           uint64_t preparing_ns);

/* Whether the time slice of run `index`, which began turn_ns ago, has lasted long enough. */
bool worker_schedule_has_settled(const struct worker_schedule *schedule,
                                 const struct request *request, const struct run *runs,
                                 uint32_t index, uint64_t turn_ns);

/* Call when the time slice of run `index` was not cut short. Uses up the grant, unless the run is
 * only surveyed. */
void worker_schedule_spend(struct worker_schedule *schedule, const struct request *request,
                           uint32_t index);

/* Call when the time slice is over. If it is a unit of evidence, adds it to run->turns. */
void worker_schedule_end(const struct worker_schedule *schedule, struct run *run);
