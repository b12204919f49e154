/*
 * worker_schedule.h - decides which run gets the next time slice, and how long it lasts. Private
 * to the worker.
 *
 * The selected run and the tagged ones share the device in cycles of random order; each time
 * slice prepares its variant anew and becomes a unit of evidence (turn_median.h). A survey gives
 * each other run one short time slice, after one of the sharing runs had its own.
 *
 * A run that is selected alone keeps the device. In a survey it is prepared anew for as many
 * time slices as a verdict takes; then its time slices are so long that preparing costs almost
 * nothing.
 *
 * The schedule has no thread and no clock. `index` is that of a run in the request, and `runs`
 * are the request's.
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
    uint32_t spent;            /* the last grant used */
    bool selected_due;         /* the selected run goes before all others */
};

/* Allocates memory. False: out of memory; close it all the same. */
bool worker_schedule_open(struct worker_schedule *schedule);
void worker_schedule_close(struct worker_schedule *schedule);

/* A request replaces `old`. `free`: no run has the device. Then the selected run is next; if
 * time slices use grants, only if another run was selected before. */
void worker_schedule_change(struct worker_schedule *schedule, const struct request *request,
                            const struct request *old, bool free);

/* The run that is next; -1: none, because nothing is left to measure, the request is paused, or
 * there is no grant. `holder` has the device and keeps it until its time slice is ended; -1:
 * none. */
int worker_schedule_next(struct worker_schedule *schedule, const struct request *request,
                         const struct run *runs, int holder);

/* A time slice of the run begins; preparing its variant took so long. */
void worker_schedule_begin(struct worker_schedule *schedule, const struct run *run,
                           uint64_t preparing_ns);

/* Whether the time slice of run `index`, which began turn_ns ago, has lasted long enough. */
bool worker_schedule_has_settled(const struct worker_schedule *schedule,
                                 const struct request *request, const struct run *runs,
                                 uint32_t index, uint64_t turn_ns);

/* The time slice of run `index` was not cut short: uses up its grant, if it took one. */
void worker_schedule_spend(struct worker_schedule *schedule, const struct request *request,
                           uint32_t index);

/* The time slice is over. If it is a unit of evidence, adds it to run->turns. */
void worker_schedule_end(const struct worker_schedule *schedule, struct run *run);
