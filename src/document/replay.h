/*
 * replay.h - replays a recorded run's stamps step by step: its typical iteration, then its slowest.
 * The progress depends only on the run and the caller's recorded time; this file reads no clock.
 */
#pragma once

#include "../engine/steps.h"

enum replay_part { REPLAY_TYPICAL, REPLAY_SLOWEST, REPLAY_PARTS };

/* The position of a replay at some recorded time. */
struct replay_place {
    enum replay_part part; /* REPLAY_PARTS: all kept stamps have been replayed */
    uint32_t done;         /* how many steps of that part have ended in all programs; 0 if part is
                              REPLAY_PARTS */
};

/* Returns the iteration that a part replays; NULL if its stamps were not kept. */
const struct trace *replay_trace(const struct run *run, enum replay_part part);

/* Whether the run has any stamps to replay. */
bool replay_possible(const struct run *run);

/* Returns the position `recorded_ns` after the submission of the first part. Each further part is
 * submitted when the previous part has been synchronised. */
struct replay_place replay_at(const struct run *run, double recorded_ns);

/* Returns the pace with the given number: 1, 2 or 5 times a power of ten. Number 0 is real time. */
#define REPLAY_PACE_LEAST (-21) /* 1e-7 */
#define REPLAY_PACE_MOST  3     /* 10 */
double replay_pace(int number);

/* Writes a pace as a fraction: "1/2,000", "1", "5". */
const char *replay_pace_text(char *text, size_t size, int number);

/* Returns the number of the fastest pace at which the run's first part takes at least `seconds`. */
int replay_pace_for(const struct run *run, double seconds);

/* A replay in progress. */
struct replay {
    const struct run *run; /* the recorded run, borrowed; NULL: none */
    struct replay_place place;
    struct steps steps;
    struct run shown; /* a copy of the run that has only the replayed samples, and no traces */
};

/* Starts or restarts a replay of `run`. A zeroed *replay is allowed. Returns false if out of
 * memory. */
bool replay_begin(struct replay *replay, const struct run *run);
void replay_close(struct replay *replay); /* a zeroed struct is allowed */

/* Advances to a recorded time, which must not decrease. Records the steps and iterations that ended
 * by then in the histograms of `shown`, as a measurement does (steps.h). Returns whether there were
 * any. */
bool replay_go(struct replay *replay, double recorded_ns);
