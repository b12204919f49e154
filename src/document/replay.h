/*
 * replay.h - a recorded run's stamps, step by step: its typical iteration, then its slowest. Which
 * steps are done follows from the run and the recorded time alone; no clock is read here.
 */
#ifndef SRC_REPLAY_H
#define SRC_REPLAY_H

#include "../engine/steps.h"

enum replay_part { REPLAY_TYPICAL, REPLAY_SLOWEST, REPLAY_PARTS };

/* Where a replay is at some recorded time. */
struct replay_place {
    enum replay_part part; /* REPLAY_PARTS: all that was kept has passed */
    uint32_t done; /* steps of that part that have ended in all programs; 0 in REPLAY_PARTS */
};

/* The iteration that a part replays; NULL where its stamps were not kept. */
const struct trace *replay_trace(const struct run *run, enum replay_part part);

/* Whether the run has any stamps to replay. */
bool replay_possible(const struct run *run);

/* The place `recorded_ns` after the submission of the first part; each further part is submitted
 * when the one before was synchronised. */
struct replay_place replay_at(const struct run *run, double recorded_ns);

/* Paces: 1, 2 or 5 times a power of ten, by number; 0 is as it was recorded. */
#define REPLAY_PACE_LEAST (-21) /* 1e-7 */
#define REPLAY_PACE_MOST  3     /* 10 */
double replay_pace(int number);

/* Writes a pace as a fraction: "1/2,000", "1", "5". */
const char *replay_pace_text(char *text, size_t size, int number);

/* The fastest pace at which the run's first part takes at least `seconds`. */
int replay_pace_for(const struct run *run, double seconds);

/* A replay under way. */
struct replay {
    const struct run *run; /* recorded, borrowed; NULL: none */
    struct replay_place place;
    struct steps steps;
    struct run shown; /* the run with what has been replayed in its histograms, and no traces */
};

/* Begins a replay of `run`, or begins it again. A zeroed one is fine. False: no memory. */
bool replay_begin(struct replay *replay, const struct run *run);
void replay_close(struct replay *replay); /* a zeroed one is fine */

/* Goes on to a recorded time, which must not lie before the one before: steps that ended by then
 * are recorded in shown's histograms, by the same algebra as when they were measured (steps.h); an
 * iteration that is over, too. True if anything was. */
bool replay_go(struct replay *replay, double recorded_ns);

#endif
