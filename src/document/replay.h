/*
 * replay.h - replays a recorded run's stamps step by step: its typical iteration, then its
 * slowest. Progress depends only on the run and the recorded time; this file reads no clock.
 */
#pragma once

#include "../engine/steps.h"

enum replay_part { REPLAY_TYPICAL, REPLAY_SLOWEST, REPLAY_PARTS };

/* The state of a replay at some recorded time. */
struct replay_place {
    enum replay_part part; /* REPLAY_PARTS: everything kept has been replayed */
    uint32_t done; /* steps of that part that have ended in all programs; 0 in REPLAY_PARTS */
};

/* The iteration that a part replays; NULL if its stamps were not kept. */
const struct trace *replay_trace(const struct run *run, enum replay_part part);

/* Whether the run has any stamps to replay. */
bool replay_possible(const struct run *run);

/* The place `recorded_ns` after the submission of the first part; each further part is submitted
 * when the previous one was synchronised. */
struct replay_place replay_at(const struct run *run, double recorded_ns);

/* Paces: 1, 2 or 5 times a power of ten, by number; number 0 is real time. */
#define REPLAY_PACE_LEAST (-21) /* 1e-7 */
#define REPLAY_PACE_MOST  3     /* 10 */
double replay_pace(int number);

/* Writes a pace as a fraction: "1/2,000", "1", "5". */
const char *replay_pace_text(char *text, size_t size, int number);

/* The fastest pace at which the run's first part takes at least `seconds`. */
int replay_pace_for(const struct run *run, double seconds);

/* A replay in progress. */
struct replay {
    const struct run *run; /* recorded, borrowed; NULL: none */
    struct replay_place place;
    struct steps steps;
    struct run shown; /* the run with the replayed samples in its histograms, and no traces */
};

/* Starts or restarts a replay of `run`. A zeroed one is allowed. False: out of memory. */
bool replay_begin(struct replay *replay, const struct run *run);
void replay_close(struct replay *replay); /* a zeroed one is allowed */

/* Advances to a recorded time, which must not decrease. Records the steps and iterations that ended
 * by then in the histograms of `shown`, by the same algebra as in a measurement (steps.h). True if
 * there were any. */
bool replay_go(struct replay *replay, double recorded_ns);
