/*
 * worker_schedule.h - whose turn it is, and how long it lasts. Private to the worker.
 *
 * The selected run and the tagged ones take turns, in cycles of random order; each turn prepares
 * its variant anew and becomes a unit of evidence (turn_median.h). A survey gives each other run a
 * short turn, once, as soon as one that takes turns had one.
 *
 * A selected run that takes turns alone keeps the device. In a survey it is prepared anew for as
 * many turns as a verdict takes; then its turns are so long that preparing costs next to nothing.
 *
 * The schedule has no thread and no clock. `index` is that of a run in the request, and `runs` are
 * the request's.
 */
#ifndef SRC_WORKER_SCHEDULE_H
#define SRC_WORKER_SCHEDULE_H

#include "turn_median.h"
#include "turn_order.h"
#include "worker.h"

#define WORKER_SCHEDULE_SURVEY_ITERATIONS 10u /* fewer are no turn in a survey */

struct worker_schedule {
    struct turn_order order;
    struct turn_median median; /* of the current turn */
    uint64_t preparing_ns;     /* that the current turn's variant took */
    uint32_t spent;            /* the grant that was used up last */
    bool selected_due;         /* the selected run has its turn before all others */
};

/* Takes memory. False: there is none. Close it all the same. */
bool worker_schedule_open(struct worker_schedule *schedule);
void worker_schedule_close(struct worker_schedule *schedule);

/* A request replaces `old`. `free`: nobody has the device. Then the selected run has the next turn;
 * if turns take grants, only if another run was selected before. */
void worker_schedule_change(struct worker_schedule *schedule, const struct request *request,
                            const struct request *old, bool free);

/* Whose turn it is now; -1: nobody's, because nothing is left to measure, the request is paused, or
 * there is no grant. `holder` has the device, and keeps it until its turn is ended; -1: nobody. */
int worker_schedule_next(struct worker_schedule *schedule, const struct request *request,
                         const struct run *runs, int holder);

/* A turn of the run begins; its variant took so long to prepare. */
void worker_schedule_begin(struct worker_schedule *schedule, const struct run *run,
                           uint64_t preparing_ns);

/* Whether the turn of run `index` has lasted long enough. It began turn_ns ago. */
bool worker_schedule_has_settled(const struct worker_schedule *schedule,
                                 const struct request *request, const struct run *runs,
                                 uint32_t index, uint64_t turn_ns);

/* The turn of run `index` was not cut short: it has used up its grant, if it took one. */
void worker_schedule_spend(struct worker_schedule *schedule, const struct request *request,
                           uint32_t index);

/* The turn is over. If it is a unit of evidence, it joins run->turns. */
void worker_schedule_end(const struct worker_schedule *schedule, struct run *run);

#endif
