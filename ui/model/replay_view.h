/*
 * replay_view.h - replays the steps of a recording: which run, at which pace, how far. Owns the
 * samples replayed so far. Pure: the caller passes the time. Zeroed: no replay.
 */
#pragma once

#include "../../src/document/replay.h"

struct replay_view {
    bool on; /* a replay is on: the screen shows what was replayed so far */
    bool paused;
    bool paced;         /* the user chose the pace, so it stays until the replay ends */
    int pace;           /* number of a replay_pace */
    double passed_ns;   /* recorded time that has passed */
    uint64_t looked_ns; /* time of the last replay_view_tick; 0: none yet */
    struct replay steps;
};

/* Whether a run is being replayed (it needs stamps); whether the replay has reached its end. */
bool replay_view_shows(const struct replay_view *view);
bool replay_view_is_over(const struct replay_view *view);

/* Whether time advances it, if the screen is not frozen. */
bool replay_view_moves(const struct replay_view *view);

enum replay_begun { REPLAY_BEGUN, REPLAY_NO_STAMPS, REPLAY_NO_MEMORY };

/* Replays a run (NULL: none is recorded here) from its start, at the user's pace or else at one
 * that the eye can follow. Off without stamps or memory. */
enum replay_begun replay_view_start(struct replay_view *view, const struct run *run);

/* Another run is selected: replays it at the same pace, or shows it whole if it has no stamps. */
enum replay_begun replay_view_follow(struct replay_view *view, const struct run *run);

void replay_view_pause(struct replay_view *view);

/* Changes the pace, and starts over if the replay had ended. False: there is no faster or slower
 * pace. */
bool replay_view_change_pace(struct replay_view *view, int direction);

/* False: it was off. */
bool replay_view_end(struct replay_view *view);
void replay_view_close(struct replay_view *view);

/* Advances time, unless it is paused. True if there are more samples. */
bool replay_view_tick(struct replay_view *view, bool may_move, uint64_t now_ns);

/* Writes how far the replay is, or that `run` has no stamps; "" if it is off. `again`: the key that
 * starts it over. `brief`: for little room. */
void replay_view_status(const struct replay_view *view, const struct run *run, const char *again,
                        bool brief, char *text, size_t size);
